import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { createLog } from '../../src/log/log.ts'

test('a line is JSON with its level, time and fields, and those of its parents', () => {
  const lines: string[] = []
  const log = createLog({ level: 'info', pretty: false, write: (line) => lines.push(line) })
  log.debug('unseen')
  log.child({ peer: 'p' }).warn('lost', { ms: 3 })
  assert.equal(lines.length, 1)
  const { time, ...rest } = JSON.parse(lines[0] ?? '')
  assert.deepEqual(rest, { level: 'warn', peer: 'p', ms: 3, msg: 'lost' })
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000)
})

test('people read a sentence, and the stack of a bug', () => {
  const lines: string[] = []
  const log = createLog({ level: 'debug', pretty: true, write: (line) => lines.push(stripVTControlCharacters(line)) })
  log.info('up', { port: 7070, peers: ['a'] })
  log.error('broken', { error: new Error('why') })
  assert.match(lines[0] ?? '', /^\d\d:\d\d:\d\d info {2}up port=7070 peers=\["a"\]\n$/)
  assert.match(lines[1] ?? '', /error broken error=Error: why\n {4}at /)
})
