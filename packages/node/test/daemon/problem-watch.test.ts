import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudError, createMemoryMetrics, type Log, seededRandom, silentLog } from '@cloudpeer/core'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { lookMs, watchProblems } from '../../src/daemon/problem-watch.ts'
import '../../src/errors.ts'

const full = new CloudError('STORE_FULL', { store: 'records' })
const inUse = new CloudError('IDENTITY_IN_USE', { peer: 'self' })

/** The problems of a node that has these, and what it writes into its log. */
function watch() {
  const time = createVirtualTime(1_000_000)
  const logged: string[] = []
  const write = (sentence: string, fields: object = {}): void => void logged.push(`${sentence}: ${(fields as { code: string }).code}`)
  const log: Log = { ...silentLog, warn: write, info: write }
  const wrong: CloudError[] = []
  const { clock } = time
  const problems = watchProblems({ read: () => wrong, clock, random: seededRandom(1), log, metrics: createMemoryMetrics() })
  const listed = () => problems.list().map(({ code, since }) => [code, since])
  return { time, logged, wrong, problems, listed }
}

test('a problem is listed with its sentence, what to do, and since when; and once it is over no more', async () => {
  const { time, wrong, problems, listed } = watch()
  assert.deepEqual(problems.list(), [])
  wrong.push(full)
  const [problem] = problems.list()
  assert.deepEqual([problem?.code, problem?.problem, problem?.since], [full.code, full.message, 1_000_000])
  assert.match(String(problem?.remedy), /^make room/)
  await time.advance(5_000)
  wrong.unshift(inUse)
  assert.deepEqual(listed(), [
    ['IDENTITY_IN_USE', 1_005_000],
    ['STORE_FULL', 1_000_000]
  ])
  wrong.pop()
  assert.deepEqual(listed(), [['IDENTITY_IN_USE', 1_005_000]])
  await time.advance(60_000)
  wrong.push(full)
  assert.deepEqual(listed()[1], ['STORE_FULL', 1_065_000], 'one that comes again is a new one')
  await problems.stop()
})

test('nobody has to ask: what begins and ends is logged, once, and dated by then', async () => {
  const { time, logged, wrong, problems, listed } = watch()
  wrong.push(full)
  await time.advance(2 * lookMs)
  await time.advance(60_000)
  const since = listed()[0]?.[1] as number
  assert.ok(since > 1_000_000 && since <= 1_000_000 + 2 * lookMs)
  assert.deepEqual(logged, ['something is wrong: STORE_FULL'])
  wrong.pop()
  await time.advance(2 * lookMs)
  assert.deepEqual(logged, ['something is wrong: STORE_FULL', 'it is right again: STORE_FULL'])
  await problems.stop()
  wrong.push(full)
  await time.advance(60_000)
  assert.equal(logged.length, 2)
})

test('for everything that the parts of a node may call wrong there is something to do', () => {
  const { wrong, problems } = watch()
  const codes = 'STORE_FAILED STORE_FULL WRONG_NETWORK MEMBERS_FULL ALONE IDENTITY_IN_USE OVERTAKEN LEDGER_READ_ONLY QUARANTINED'.split(' ')
  wrong.push(...codes.map((code) => new CloudError(code)), new CloudError('INTERNAL'))
  const remedies = problems.list().map(({ remedy }) => remedy)
  assert.equal(remedies.indexOf('look into the log of this node'), codes.length)
})
