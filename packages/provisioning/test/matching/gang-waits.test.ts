import assert from 'node:assert/strict'
import { it } from 'node:test'
import { pick, type Random, seededRandom } from '@cloudpeer/core'
import TinyQueue from 'tinyqueue'
import { Matching, type Proposal } from '../../src/matching/index.ts'
import { cpus, demandOf, leaseOf, offerOf } from './cluster.ts'

const owners = Array.from({ length: 64 }, (_, index) => `owner-${index}`)
const meanMs = 60_000
const load = 0.85
const jobsEach = 4_000

interface Job {
  readonly key: string
  readonly at: number
  readonly units: number
  readonly durationMs: number
}

interface Event {
  readonly at: number
  run(): void
}

function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random.next()) * mean
}

/** 70 % of one unit, 20 % gangs of 4, 10 % of 16, so many that the owners are busy for the stated share of the time. */
function jobsOf(seed: number): readonly Job[] {
  const random = seededRandom(seed)
  const unitsMean = 0.7 + 0.2 * 4 + 0.1 * 16
  let at = 0
  return Array.from({ length: jobsEach }, (_, index) => {
    at += exponential(random, (meanMs * unitsMean) / (load * owners.length))
    const drawn = random.next()
    return { key: `job-${index}`, at, units: drawn < 0.7 ? 1 : drawn < 0.9 ? 4 : 16, durationMs: exponential(random, meanMs) }
  })
}

/** Runs events in order of time until there are none. */
function run(plan: (later: (at: number, run: () => void) => void) => void): void {
  const queue = new TinyQueue<Event>([], (a, b) => a.at - b.at)
  plan((at, action) => queue.push({ at, run: action }))
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) next.run()
}

/** How long each job waited when the matching decides. */
function waitsOfMatching(jobs: readonly Job[]): ReadonlyMap<Job, number> {
  const waits = new Map<Job, number>()
  const matching = new Matching({ random: seededRandom(7), agingMs: 60_000, holdMs: 5_000, backoffFirstMs: 250, backoffMaxMs: 8_000 })
  const byKey = new Map(jobs.map((job) => [job.key, job]))
  const seq = new Map<string, number>()
  run((later) => {
    const told = (owner: string): number => {
      seq.set(owner, (seq.get(owner) ?? 0) + 1)
      return seq.get(owner) as number
    }
    const offer = (owner: string, now: number): void => matching.offer(offerOf(owner, 1, { seq: told(owner) }), now)
    let wakesAt = 0
    const wakeLater = (now: number): void => {
      const at = Math.max(now + 1, matching.wakeAt() ?? Number.POSITIVE_INFINITY)
      if (matching.size.waiting === 0 || (wakesAt > now && wakesAt <= at) || at === Number.POSITIVE_INFINITY) return
      wakesAt = at
      later(at, () => decide(at))
    }
    const end = (owner: string, now: number): void => {
      offer(owner, now)
      decide(now)
    }
    const grant = (proposal: Proposal, job: Job, now: number): void => {
      const { owner, debits } = proposal
      matching.answered(proposal, { granted: [...debits.keys()], free: cpus(0), epoch: 1, seq: told(owner), state: 'open' }, now)
      matching.offer(offerOf(owner, 0, { of: 1, seq: told(owner), leases: [leaseOf(job.key, 1, job.durationMs)] }), now)
      later(now + job.durationMs, () => end(owner, now + job.durationMs))
    }
    const decide = (now: number): void => {
      const units = new Set<string>()
      for (const proposal of matching.next(now, 1_000)) {
        const { key, owner, debits } = proposal
        const job = byKey.get(key) as Job
        const [unit] = debits.keys()
        assert.equal(debits.size, 1)
        grant(proposal, job, now)
        // The requester takes the first of each unit; a spare is free at once.
        if (units.has(`${key} ${unit}`)) later(now, () => end(owner, now))
        units.add(`${key} ${unit}`)
        waits.set(job, now - job.at)
        matching.withdraw(key)
      }
      wakeLater(now)
    }
    for (const owner of owners) offer(owner, 0)
    for (const job of jobs) {
      later(job.at, () => {
        const { key, units, durationMs } = job
        const demand = demandOf(key, 1, { gang: units > 1, durationMs, arrivedAt: job.at })
        matching.submit(demand, Array.from({ length: units }).keys(), { now: job.at })
        decide(job.at)
      })
    }
  })
  return waits
}

/** The same when everybody tries for itself: all units at once or none, then again after a backoff (Omega, Sparrow). */
function waitsOfOptimists(jobs: readonly Job[]): ReadonlyMap<Job, number> {
  const random = seededRandom(8)
  const waits = new Map<Job, number>()
  const free = new Set(owners)
  run((later) => {
    const attempt = (job: Job, now: number, times: number): void => {
      if (free.size < job.units) {
        const again = now + random.next() * Math.min(8_000, 250 * 2 ** times)
        later(again, () => attempt(job, again, times + 1))
        return
      }
      waits.set(job, now - job.at)
      for (let unit = 0; unit < job.units; unit++) {
        const owner = pick(random, [...free])
        free.delete(owner)
        later(now + job.durationMs, () => free.add(owner))
      }
    }
    for (const job of jobs) later(job.at, () => attempt(job, job.at, 0))
  })
  return waits
}

function percentile(waits: ReadonlyMap<Job, number>, units: number, share: number): number {
  const sorted = [...waits].filter(([job]) => job.units === units).map(([, wait]) => wait)
  sorted.sort((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1))] as number
}

it('gangs of 16 at 85 % load wait at most 0.3 times as long as with optimistic all-or-nothing, at the 99th percentile', () => {
  const jobs = jobsOf(1)
  const ours = waitsOfMatching(jobs)
  const optimists = waitsOfOptimists(jobs)
  assert.equal(ours.size, jobs.length)
  const table = [1, 4, 16].map((units) => ({ units, ours: percentile(ours, units, 0.99), optimists: percentile(optimists, units, 0.99) }))
  const gangs = table[2] as (typeof table)[number]
  assert.ok(gangs.ours <= 0.3 * gangs.optimists, JSON.stringify(table))
})
