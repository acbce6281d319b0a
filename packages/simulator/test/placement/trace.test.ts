import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTrace } from '../../src/placement/trace.ts'
import { changed, smallTrace } from './small-trace.ts'

test('machines have their processors, memory and GPUs', () => {
  const { machines } = readTrace('anywhere', smallTrace())
  assert.deepEqual(
    machines.map(({ cpuMilli, memoryMib, gpus }) => [cpuMilli, memoryMib, gpus.length]),
    [
      [8000, 16384, 0],
      [16000, 32768, 2],
      [32000, 65536, 4]
    ]
  )
  assert.deepEqual(machines[1]?.gpus[1], { model: 'T4', milli: 1000 })
})

test('requests come in the order of their arrival, the first at 0, with what they want', () => {
  const { jobs } = readTrace('anywhere', smallTrace())
  assert.deepEqual(
    jobs.map(({ arrivesMs, group }) => [arrivesMs, group]),
    [
      [0, 'LS'],
      [5000, 'LS'],
      [10_000, 'BE'],
      [20_000, 'BE'],
      [30_000, 'LS']
    ]
  )
  assert.equal(jobs[0]?.amounts.gpu, undefined)
  assert.deepEqual(jobs[1]?.amounts.gpu, { count: 2, milli: 1000, models: ['T4', 'V100M32'] })
  assert.deepEqual(jobs[2]?.amounts.gpu, { count: 1, milli: 500, models: [] })
})

test('a request runs from its scheduling to its deletion, and for the median of the others if it was never scheduled', () => {
  const { jobs } = readTrace('anywhere', smallTrace())
  assert.deepEqual(
    jobs.map(({ durationMs }) => durationMs),
    [300_000, 100_000, 190_000, 190_000, 500_000]
  )
})

test('a file with line ends of Windows is the same', () => {
  const windows = changed('pods.csv', '', '')
  const files = { 'pods.csv': (windows['pods.csv'] as string).replaceAll('\n', '\r\n') }
  assert.deepEqual(readTrace('anywhere', smallTrace(files)), readTrace('anywhere', smallTrace()))
})

for (const [what, files, field, problem] of [
  ['a fraction', changed('pods.csv', '8192,1,500', '8192,1,0.5'), 'pods.csv line 3, gpu_milli', /whole number from 0 to 1000, not "0.5"/],
  ['a negative amount', changed('pods.csv', '4000', '-4'), 'pods.csv line 2, cpu_milli', /whole number from 0/],
  ['too many GPUs', changed('nodes.csv', '65536,4', '65536,400'), 'nodes.csv line 4, gpu', /from 0 to 64, not "400"/],
  ['nothing where a number belongs', changed('pods.csv', ',310,', ',,'), 'pods.csv line 3, deletion_time', /not ""/],
  ['a line that is cut short', changed('pods.csv', ',Running,130,630,130', ''), 'pods.csv line 6', /has 7 fields, not 11/],
  ['a column that is missing', changed('nodes.csv', 'memory_mib', 'memory'), 'nodes.csv line 2', /no column memory_mib/],
  ['no machines', { 'nodes.csv': 'sn,cpu_milli,memory_mib,gpu,model\n' }, 'nodes.csv', /has 0 machines/],
  ['no requests', { 'pods.csv': 'name\n' }, 'pods.csv', /has no requests/],
  ['an empty file', { 'pods.csv': '' }, 'pods.csv', /has no requests/],
  ['a file that is too large', { 'nodes.csv': 'x'.repeat(64 * 1024 * 1024 + 1) }, 'nodes.csv', /more than 67108864/]
] as const) {
  test(`${what} is refused by file, line and column`, () => {
    assert.throws(
      () => readTrace('anywhere', smallTrace(files)),
      (error: { code: string; fields: { field: string; problem: string } }) => {
        assert.deepEqual([error.code, error.fields.field], ['INVALID', field])
        assert.match(error.fields.problem, problem)
        return true
      }
    )
  })
}

test('a directory that is not there is refused by the name of the file', () => {
  const missing = (path: string): Uint8Array => {
    throw new Error(`ENOENT: no such file, open '${path}'`)
  }
  assert.throws(() => readTrace('nowhere', missing), {
    code: 'INVALID',
    fields: { field: 'nodes.csv', problem: "ENOENT: no such file, open 'nowhere/nodes.csv'" }
  })
})
