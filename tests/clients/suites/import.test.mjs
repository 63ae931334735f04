// An import against a server of its own, with Node's test runner: needs simimport, and no package.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, beforeEach, test } from 'node:test'

let server, ready

before(async () => {
  const words = ['serve', '--json', '--exit-with-parent', '--clock', 'manual', '--quiet']
  server = spawn('simimport', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: server.stdout }), 'line')
  ready = JSON.parse(line)
})

after(async () => {
  server.kill()
  await once(server, 'exit')
})

async function ask(url, body) {
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const headers = { ...ready.headers, 'Content-Type': 'application/json' }
  const answer = await fetch(url, { headers, ...sent })
  return { status: answer.status, body: await answer.json() }
}

const call = (endpoint, body) => ask(`${ready.url}/api/v1/${endpoint}`, body)
const steer = (what, body = {}) => ask(`${ready.control}/${what}`, body)

beforeEach(() => steer('reset'))

test('an import ends when its time has come', async () => {
  await call('import.new', {})
  const users = [{ importIds: ['1'], emails: ['ann@example.com'], name: 'Ann' }]
  assert.deepEqual((await call('import.addUsers', { users })).body, { success: true })
  await call('import.run', {})
  assert.equal((await call('import.status')).body.state, 'importing')
  await steer('clock', { run_until: 'done' })
  assert.equal((await call('import.status')).body.operation.count.total, 1)
})

test('a poll meets the fault that is set', async () => {
  const faults = [{ kind: '503', at_poll: 2 }]
  await steer('faults', faults)
  assert.equal((await call('import.status')).status, 200)
  assert.equal((await call('import.status')).status, 503)
  assert.equal((await call('import.status')).body.state, 'none')
})
