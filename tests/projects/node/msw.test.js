// The client against handlers for MSW, made of a pack: no server, any host.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'

import { Chat, ImportFailed } from './newcomers.js'

const { setupServer } = await import('msw/node').catch(() => ({}))
const people = [{ importIds: ['hr-ann'], username: 'ann', emails: ['ann@example.com'] }]

describe('with MSW', { skip: setupServer ? false : 'msw is not installed: npm install' }, () => {
  let folder
  let pack
  let server

  before(async () => {
    // beside this file, so that the handlers find msw
    folder = await mkdtemp(join(import.meta.dirname, 'pack-'))
    const faults = JSON.stringify([{ kind: '503', at_poll: 2 }, { kind: 'reset', at_poll: 3 }, { kind: 'html', at_poll: 4 }])
    execFileSync('simimport', ['fixtures', '--preset', 'calm', '--seed', '7', '--every', '5', '--start', 'importing',
      '--faults', faults, '--dialect', 'server-8.3', '--format', 'msw', '--quiet', '--out', join(folder, 'pack')])
    const { name } = JSON.parse(await readFile(join(folder, 'pack', 'manifest.json'), 'utf8'))
    pack = await import(join(folder, 'pack', 'msw', `${name}.mjs`))
    server = setupServer(...pack.handlers)
    server.listen({ onUnhandledRequest: 'error' })
  })

  after(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })

  beforeEach(() => pack.restart())

  const headers = { 'X-User-Id': 'hr', 'X-Auth-Token': 'any' }
  const chat = (how) => new Chat('https://chat.example', how, { everyS: 0 })

  test('newcomers are brought', async () => {
    const reports = []
    assert.equal(await chat(headers).bring(people, (progress) => reports.push(progress)), 'done')
    assert.equal(reports.at(-1).completed + reports.at(-1).error, 2000)
  })

  test('nobody is let in without headers', async () => {
    await assert.rejects(chat({}).wait(), (error) => error instanceof ImportFailed && /HTTP 401/.test(error.message))
  })
})
