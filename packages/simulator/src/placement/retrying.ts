import { backoffMs, type Random, sleep } from '@cloudpeer/core'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { derivedRandom } from '../cloud/derived-random.ts'
import type { Job } from './job.ts'
import { MachinePool, type Taken } from './machine-pool.ts'
import type { Cluster, ClusterInit, Placed, Strategy } from './strategy.ts'

/** The first wait after a failure, in ms, as in the product. */
const firstRetryMs = 250

/** What a requester knows when it looks for machines. */
export interface Looking {
  readonly pool: MachinePool
  readonly random: Random
  readonly nowMs: number
}

/** The machines that a requester tries for a job, one for each unit; undefined if it sees no room. */
export interface Look {
  /** Round trips, and messages, that a look takes. */
  readonly roundTrips: number
  readonly messages: number
  at(job: Job, looking: Looking): readonly number[] | undefined
}

/** What requesters without a queue do; how they look may remember something of one cluster. */
export interface RetryingInit extends Omit<Strategy, 'deploy'> {
  readonly createLook: (pool: MachinePool) => Look
}

/**
 * Requesters that look for room by themselves: one looks, asks the machines that it saw (a round trip), has all units or none, and
 * otherwise tries again after a wait that doubles, with jitter, up to the longest. Nobody waits in a queue.
 */
export function retrying({ createLook, ...names }: RetryingInit): Strategy {
  return { ...names, deploy: async (init) => deploy(init, createLook) }
}

function deploy({ machines, seed, oneWayMs, retryMsMax }: ClusterInit, createLook: RetryingInit['createLook']): Cluster {
  const time = createVirtualTime()
  const { clock } = time
  const random = derivedRandom(seed, 'retrying')
  const pool = new MachinePool(machines)
  const look = createLook(pool)
  const backoff = { firstMs: firstRetryMs, maxMs: retryMsMax, attemptsMax: Number.POSITIVE_INFINITY }
  let [attempts, messages] = [0, 0]

  async function attempt(job: Job): Promise<readonly Taken[] | undefined> {
    await sleep(clock, 2 * oneWayMs * look.roundTrips)
    messages += look.messages
    const seen = look.at(job, { pool, random, nowMs: time.now })
    // A look that asked nobody is no attempt: it was free.
    attempts += seen === undefined && look.messages === 0 ? 0 : job.count
    if (seen === undefined) return undefined
    messages += 2 * seen.length
    await sleep(clock, oneWayMs)
    const taken = pool.takeAll(seen, job.amounts)
    await sleep(clock, oneWayMs)
    return taken
  }

  function giveBackLater(job: Job, taken: readonly Taken[]): void {
    clock.schedule(job.durationMs, () => {
      for (const each of taken) pool.give(each)
    })
  }

  async function place(job: Job): Promise<Placed> {
    const sinceMs = time.now
    for (let failures = 1; ; failures++) {
      const taken = await attempt(job)
      if (taken !== undefined) {
        giveBackLater(job, taken)
        return { waitedMs: time.now - sinceMs }
      }
      await sleep(clock, backoffMs(backoff, failures, random))
    }
  }

  return {
    time,
    get effort() {
      return { attempts, messages }
    },
    place,
    stop: async () => {}
  }
}
