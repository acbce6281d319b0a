import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slotMachines } from '../../src/placement/generated-jobs.ts'
import type { Job } from '../../src/placement/job.ts'
import { type JobOutcome, replay } from '../../src/placement/replay.ts'
import { strategies, strategiesNamed } from '../../src/placement/strategies.ts'

const init = { seed: 1, oneWayMs: 10, retryMsMax: 1000 }
const minute = 60_000

test('every strategy gives every job what it wants in the end, and never more than there is', async () => {
  const jobs = Array.from({ length: 40 }, (_, id) => job({ id, arrivesMs: id * 1000, durationMs: 10_000 + id }))
  for (const strategy of strategies) {
    const { outcomes } = await run(strategy.name, 3, 1, jobs)
    assert.ok(
      outcomes.every(({ placed }) => placed !== undefined),
      strategy.name
    )
    const ends = outcomes.map(({ job: { arrivesMs, durationMs }, placed }) => {
      const fromMs = arrivesMs + (placed?.waitedMs ?? 0)
      return { fromMs, toMs: fromMs + durationMs }
    })
    // Those that try hear of a grant one way's time after the machine gave it, and of its end at once.
    for (const { fromMs } of ends)
      assert.ok(ends.filter((other) => other.fromMs <= fromMs && fromMs < other.toMs - 2 * init.oneWayMs).length <= 3, strategy.name)
  }
})

test('a central queue takes no time where there is room, and lets those pass that fit', async () => {
  const jobs = [
    job({ id: 0, count: 2, durationMs: minute }),
    job({ id: 1, arrivesMs: 1, count: 3 }),
    job({ id: 2, arrivesMs: 2, count: 1 })
  ]
  assert.deepEqual(await waits('central-first-fit', 3, 1, jobs), [0, minute - 1, 0])
})

test('a strict queue lets nobody pass', async () => {
  const jobs = [
    job({ id: 0, count: 2, durationMs: minute }),
    job({ id: 1, arrivesMs: 1, count: 3, durationMs: minute }),
    job({ id: 2, arrivesMs: 2, count: 1 })
  ]
  assert.deepEqual(await waits('strict-fifo', 3, 1, jobs), [0, minute - 1, 2 * minute - 2])
})

test('best fit fills a machine before it opens the next, where first fit does not look', async () => {
  // One unit on the second machine leaves room for three only on the first.
  const machines = [...slotMachines(1, 3), ...slotMachines(1, 1)]
  const jobs = [job({ id: 0, durationMs: minute }), job({ id: 1, arrivesMs: 1, amounts: slots(3) })]
  assert.deepEqual(await waitsOn('central-best-fit', machines, jobs), [0, 0])
  assert.deepEqual(await waitsOn('central-first-fit', machines, jobs), [0, minute - 1])
})

test('whoever probes takes a round trip to ask and one to try, and tries again later', async () => {
  const jobs = [job({ id: 0, durationMs: minute }), job({ id: 1, arrivesMs: 100 })]
  const { outcomes, effort } = await run('power-of-two', 1, 1, jobs)
  assert.equal(outcomes[0]?.placed?.waitedMs, 40)
  const second = outcomes[1]?.placed?.waitedMs ?? 0
  assert.ok(second > minute - 100 && second < minute + 2000, `${second}`)
  assert.ok(effort.attempts > 30, `${effort.attempts}`)
  assert.ok((effort.messages ?? 0) >= 2 * effort.attempts)
})

test('an old directory sends jobs to machines that are taken, a young one does not', async () => {
  const jobs = Array.from({ length: 60 }, (_, id) => job({ id, arrivesMs: id * 500, durationMs: 20_000 }))
  const [old, young] = [await run('directory-10s', 50, 1, jobs), await run('directory-1s', 50, 1, jobs)]
  assert.ok(old.effort.attempts > young.effort.attempts && young.effort.attempts >= 60, `${old.effort.attempts} ${young.effort.attempts}`)
})

test('an optimistic job for many has all at once or nothing', async () => {
  const jobs = [job({ id: 0, durationMs: minute }), job({ id: 1, arrivesMs: 100, count: 4 })]
  const { outcomes } = await run('optimistic', 4, 1, jobs)
  assert.ok((outcomes[1]?.placed?.waitedMs ?? 0) > minute - 100)
})

test('a job that never fits waits to the end and is told apart', async () => {
  for (const name of ['central-best-fit', 'power-of-two', 'optimistic']) {
    const { outcomes } = await run(name, 2, 1, [job({ id: 0, amounts: slots(2) }), job({ id: 1, arrivesMs: 1 })])
    assert.deepEqual(
      outcomes.map(({ placed }) => placed === undefined),
      [true, false]
    )
  }
})

test('on the code that ships a signed grant takes a round trip and a half where there is room, and one attempt', async () => {
  const jobs = Array.from({ length: 30 }, (_, id) => job({ id, arrivesMs: id * 2000, durationMs: 3000 }))
  const { outcomes, effort } = await run('cloudpeer', 3, 2, jobs)
  const trips = outcomes.map(({ placed }) => (placed?.grantedMs ?? Number.NaN) / (2 * init.oneWayMs))
  // The first requests of a node have to open connections.
  assert.ok(
    trips.slice(15).every((count) => count <= 1.6),
    trips.join(' ')
  )
  assert.equal(effort.attempts, jobs.length)
})

test('on the code that ships a gang has all of its units or none, and whoever does not delay it passes', async () => {
  const jobs = [
    job({ id: 0, count: 2, durationMs: minute }),
    job({ id: 1, arrivesMs: 1000, count: 3, durationMs: minute }),
    job({ id: 2, arrivesMs: 2000, durationMs: 1000 }),
    job({ id: 3, arrivesMs: 6000, durationMs: 2 * minute })
  ]
  const [first, gang, short, long] = (await waits('cloudpeer', 3, 1, jobs)).map((ms) => ms ?? Number.NaN) as [
    number,
    number,
    number,
    number
  ]
  assert.ok(first < 1000 && short < 1000, `${first} ${short}`)
  assert.ok(gang > 58_000 && gang < 62_000 && long > 2 * minute - 10_000, `${gang} ${long}`)
})

function job(given: Partial<Job>): Job {
  return { id: 0, group: 'any', arrivesMs: 0, durationMs: 1000, count: 1, amounts: slots(1), ...given }
}

function slots(count: number): Job['amounts'] {
  return { cpuMilli: 1000 * count, memoryMib: 1024 * count, diskMib: 0, others: {} }
}

async function run(name: string, owners: number, perOwner: number, jobs: readonly Job[]) {
  return runOn(name, slotMachines(owners, perOwner), jobs)
}

async function runOn(name: string, machines: ReturnType<typeof slotMachines>, jobs: readonly Job[]) {
  const [strategy] = strategiesNamed([name])
  assert.ok(strategy, name)
  const cluster = await strategy.deploy({ ...init, machines })
  const outcomes: readonly JobOutcome[] = await replay(cluster, jobs, 10 * minute, () => {})
  const { effort } = cluster
  await cluster.stop()
  return { outcomes, effort }
}

async function waits(name: string, owners: number, perOwner: number, jobs: readonly Job[]) {
  return waitsOn(name, slotMachines(owners, perOwner), jobs)
}

async function waitsOn(name: string, machines: ReturnType<typeof slotMachines>, jobs: readonly Job[]) {
  return (await runOn(name, machines, jobs)).outcomes.map(({ placed }) => placed?.waitedMs)
}
