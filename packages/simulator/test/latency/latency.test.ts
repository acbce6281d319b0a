import { strict as assert } from 'node:assert'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { isCloudError, type PeerId, seededRandom } from '@cloudpeer/core'
import { createParetoJitter } from '../../src/latency/jitter.ts'
import { createLatency, type Latency, type LatencyChoice } from '../../src/latency/latency.ts'

const peers = Array.from({ length: 40 }, (_, i) => `peer ${i}` as PeerId)

function numbered(choice: LatencyChoice, seed = 1): Latency {
  const latency = createLatency(choice, seededRandom(seed), readFileSync)
  for (const [number, peer] of peers.entries()) assert.equal(latency.numberOf(peer), number)
  return latency
}

function between({ latencyMs }: Latency, from: number, to: number): number {
  return latencyMs(peers[from] as PeerId, peers[to] as PeerId)
}

function fileOf(context: TestContext, content: Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), 'cloudpeer-latency-'))
  context.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'matrix.tsv.gz')
  writeFileSync(path, content)
  return path
}

test('a uniform latency is drawn once for each pair', () => {
  const latency = numbered({ kind: 'uniform', minMs: 5, maxMs: 50 })
  const drawn = peers.flatMap((_, i) => peers.slice(0, i).map((_, j) => between(latency, i, j)))
  assert.ok(drawn.every((ms) => ms >= 5 && ms <= 50))
  const mean = drawn.reduce((sum, ms) => sum + ms) / drawn.length
  assert.ok(Math.abs(mean - 27.5) < 2, `${mean} ms`)
  assert.equal(between(latency, 3, 7), between(latency, 7, 3))
  assert.equal(between(latency, 3, 7), between(latency, 3, 7))
})

test('regions are dealt out in turn, and half their round trips are one way', () => {
  const latency = numbered({ kind: 'regions' })
  const regions = peers.map((peer) => latency.regionOf(peer))
  assert.equal(new Set(regions).size, 13)
  assert.deepEqual([regions[0], regions[3], regions[16], regions[11]], ['Dallas', 'Frankfurt', 'Frankfurt', 'Tokyo'])
  assert.equal(between(latency, 0, 3), 123 / 2)
  assert.equal(between(latency, 3, 0), 124 / 2)
  assert.equal(between(latency, 3, 16), 0.75 / 2)
  assert.equal(between(latency, 3, 3 + 13 * 2), 0.68 / 2)
  assert.equal(between(latency, 3, 3), 0.1 / 2)
})

test('every two nodes of the regions have a latency', () => {
  const latency = numbered({ kind: 'regions' })
  const all = peers.flatMap((_, i) => peers.map((_, j) => between(latency, i, j)))
  assert.ok(all.every((ms) => ms > 0 && ms < 200))
})

test('a matrix gives half its round trips, and never nothing', (context) => {
  const path = fileOf(context, gzipSync('0\t10\t20\n12\t0\t30\n22\t32\t0\n'))
  const latency = numbered({ kind: 'planetlab', path })
  const all = new Set(peers.flatMap((_, i) => peers.map((_, j) => between(latency, i, j))))
  assert.deepEqual(
    [...all].sort((x, y) => x - y),
    [0.05, 5, 6, 10, 11, 15, 16]
  )
  assert.equal(latency.regionOf(peers[0] as PeerId), undefined)
})

for (const [what, content] of [
  ['is not compressed', Buffer.from('0\t1\n1\t0\n')],
  ['is not square', gzipSync('0\t1\n1\n')],
  ['holds words', gzipSync('0\tx\n1\t0\n')],
  ['is empty', gzipSync('')]
] as const) {
  test(`a file that ${what} is INVALID`, (context) => {
    const path = fileOf(context, content)
    assert.throws(
      () => createLatency({ kind: 'planetlab', path }, seededRandom(1), readFileSync),
      (error) => isCloudError(error, 'INVALID') && error.fields.field === 'path'
    )
  })
}

test('equal seeds give equal latencies, others do not', () => {
  const choice = { kind: 'uniform', minMs: 1, maxMs: 9 } as const
  const row = (seed: number): number[] => peers.map((_, i) => between(numbered(choice, seed), 0, i))
  assert.deepEqual(row(1), row(1))
  assert.notDeepEqual(row(1), row(2))
})

test('jitter has the mean that it is given, a heavy tail and a bound', () => {
  const random = seededRandom(1)
  const jitter = createParetoJitter({ meanShare: 0.1, shape: 3, msMax: 1000 })
  const drawn = Array.from({ length: 100_000 }, () => jitter(100, random)).sort((x, y) => x - y)
  const mean = drawn.reduce((sum, ms) => sum + ms) / drawn.length
  assert.ok(Math.abs(mean - 10) < 0.5, `mean ${mean} ms`)
  // The quantiles of Lomax's distribution: scale * ((1 - q) ** (-1 / shape) - 1).
  for (const [quantile, expected] of [
    [0.5, 5.2],
    [0.99, 72.8],
    [0.999, 180]
  ] as const) {
    const actual = drawn[Math.floor(quantile * drawn.length)] as number
    assert.ok(Math.abs(actual / expected - 1) < 0.2, `${actual} ms at ${quantile}`)
  }
  const short = createParetoJitter({ msMax: 5 })
  assert.equal(Math.max(...drawn.map(() => short(100, random))), 5)
})

test('a file that cannot be read is INVALID', () => {
  for (const readFile of [readFileSync, undefined]) {
    assert.throws(
      () => createLatency({ kind: 'planetlab', path: '/nowhere' }, seededRandom(1), readFile),
      (error) => isCloudError(error, 'INVALID')
    )
  }
})
