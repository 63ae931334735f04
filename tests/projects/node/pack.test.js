// The client against answers from files: no server, no package.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, mock, test } from 'node:test'

import { Chat } from './newcomers.js'

describe('with a pack', () => {
  let folder
  let answers

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'newcomers-'))
    const pack = join(folder, 'pack')
    const words = ['fixtures', '--preset', 'crash_midway', '--seed', '7', '--every', '5', '--start', 'importing']
    execFileSync('simimport', [...words, '--quiet', '--out', pack], { stdio: ['ignore', 'ignore', 'inherit'] })
    const names = (await readdir(join(pack, 'answers'))).toSorted()
    answers = await Promise.all(names.map((name) => readFile(join(pack, 'answers', name), 'utf8')))
  })

  after(() => rm(folder, { recursive: true }))
  afterEach(() => mock.restoreAll())

  test('it follows an import to its end', async () => {
    let polls = 0
    mock.method(globalThis, 'fetch', async () => new Response(answers[polls++]))
    const reports = []
    const chat = new Chat('https://chat.example', {}, { everyS: 0 })
    assert.equal(await chat.wait((progress) => reports.push(progress)), 'error')
    assert.equal(polls, answers.length)
    assert.equal(reports.at(-1).state, 'error')
  })
})
