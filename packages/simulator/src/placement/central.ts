import type { Random } from '@cloudpeer/core'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { derivedRandom } from '../cloud/derived-random.ts'
import type { Job } from './job.ts'
import { type Choice, MachinePool } from './machine-pool.ts'
import type { Cluster, ClusterInit, Placed, Strategy } from './strategy.ts'

/** What a central queue does. */
export interface CentralInit extends Omit<Strategy, 'deploy'> {
  readonly choose: Choice
  /** Whether a job that has no room lets those behind it pass; none has a reservation. */
  readonly skips: boolean
}

/** A job that has no room yet. */
interface Waiting {
  readonly job: Job
  readonly sinceMs: number
  /** Jobs of one shape fit or do not fit alike. */
  readonly shape: string
  readonly placed: (placed: Placed) => void
}

/**
 * One queue with perfect knowledge: what is free is known at once, and placing takes no time and no message. Whenever a job arrives or gives
 * back what it had the queue is gone through in the order of arrival.
 */
export function central({ choose, skips, ...names }: CentralInit): Strategy {
  return { ...names, deploy: async (init) => deploy(init, choose, skips) }
}

function deploy({ machines, seed }: ClusterInit, choose: Choice, skips: boolean): Cluster {
  const time = createVirtualTime()
  const pool = new MachinePool(machines)
  const random: Random = derivedRandom(seed, 'central')
  let queue: Waiting[] = []
  let attempts = 0

  function start({ job, sinceMs, placed }: Waiting): boolean {
    const taken = pool.placeAll(job.count, job.amounts, choose, random)
    if (taken === undefined) return false
    attempts += job.count
    placed({ waitedMs: time.now - sinceMs })
    time.clock.schedule(job.durationMs, () => {
      for (const each of taken) pool.give(each)
      pass()
    })
    return true
  }

  /** Nothing is given back during a pass: a shape that had no room has none. */
  function pass(): void {
    const without = new Set<string>()
    queue = queue.filter((waiting) => {
      if (without.has(waiting.shape) || (!skips && without.size > 0)) return true
      if (start(waiting)) return false
      without.add(waiting.shape)
      return true
    })
  }

  return {
    time,
    get effort() {
      return { attempts }
    },
    place: (job) =>
      new Promise((placed) => {
        const shape = JSON.stringify([job.count, job.amounts])
        queue.push({ job, sinceMs: time.now, shape, placed })
        // Those before it had no room, and still have none.
        if (queue.every((waiting, place) => place === queue.length - 1 || (skips && waiting.shape !== shape))) pass()
      }),
    stop: async () => {}
  }
}
