// The client against a simulated server, which it starts, and steers by its control plane.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, beforeEach, describe, test } from 'node:test'

import { Chat, ImportFailed } from './newcomers.js'

const people = ['ann', 'ben', 'cleo'].map((name) => ({
  importIds: [`hr-${name}`], username: name, name, emails: [`${name}@example.com`], password: `${name}-1234`,
}))

describe('with a server', { timeout: 60_000 }, () => {
  let server
  let ready

  before(async () => {
    const words = ['serve', '--json', '--port', '0', '--exit-with-parent', '--clock', 'manual',
      '--preset', 'calm', '--seed', '7', '--user', 'hr', '--password', 'secret', '--quiet']
    server = spawn('simimport', words, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(createInterface({ input: server.stdout }), 'line')
    ready = JSON.parse(line)
  })

  after(async () => {
    server.kill()
    await once(server, 'exit')
  })

  async function steer(what, body) {
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const answer = await fetch(`${ready.control}/${what}`, { headers: ready.headers, ...sent })
    const result = await answer.json()
    assert.equal(answer.status, 200, JSON.stringify(result))
    return result
  }

  // while the client sleeps, the server's time goes by
  const sleep = (seconds) => steer('clock', { advance_s: seconds })
  const chat = () => new Chat(ready.url, ready.headers, { sleep })

  beforeEach(() => steer('reset', {}))

  test('newcomers are brought', async () => {
    assert.equal(await chat().bring(people), 'done')
    const { last } = await steer('journal')
    assert.deepEqual(last.slice(0, 3).map((call) => call.endpoint), ['import.new', 'import.addUsers', 'import.run'])
    const sent = JSON.parse(last[1].payload)
    assert.deepEqual(sent.users.map((user) => user.username), ['ann', 'ben', 'cleo'])
    assert.doesNotMatch(last[1].payload, /ann-1234/)
  })

  test('progress is told', async () => {
    await steer('start', {})
    const processed = []
    assert.equal(await chat().wait((progress) => processed.push(progress.completed + progress.error)), 'done')
    assert.deepEqual(processed, processed.toSorted((a, b) => a - b))
    assert.equal(processed.at(-1), 2000)
  })

  test('a crash is told, and gone after a reset', async () => {
    await steer('reset', { preset: 'crash_midway', seed: 3, autostart: true })
    assert.equal(await chat().wait(), 'error')
    await steer('reset', {})
    const { state, seed } = await steer('health')
    assert.deepEqual({ state, seed }, { state: 'none', seed: 7 })
    await steer('start', {})
    assert.equal(await chat().wait(), 'done')
  })

  test('a bad line does not matter', async () => {
    await steer('faults', ['503', 'reset', 'html', 'truncated', '429'].map((kind, at) => ({ kind, at_poll: at + 2 })))
    await steer('start', {})
    assert.equal(await chat().wait(), 'done')
  })

  test('trouble elsewhere is told', async () => {
    await steer('faults', [{ kind: '503', at_poll: 1, endpoint: 'import.run' }])
    await assert.rejects(chat().bring(people), /import.run: HTTP 503/)
  })

  test('a session that somebody ends', async () => {
    const ours = chat()
    await ours.logIn('hr', 'secret')
    await steer('start', {})
    const other = new Chat(ready.url, ours.headers)
    await assert.rejects(ours.wait(() => other.call('logout')), (error) =>
      error instanceof ImportFailed && /HTTP 401/.test(error.message))
  })

  test('an import that stands still', async () => {
    await steer('reset', { scenario: { users: 500, stall_at: 0.5, stall_s: 1e6 }, autostart: true })
    const impatient = new Chat(ready.url, ready.headers, { sleep, patienceS: 300 })
    await assert.rejects(impatient.wait(), /nothing has moved/)
  })
})
