import { present, type Random } from '@cloudpeer/core'
import type { Capacity } from '@cloudpeer/model'
import { bestOf, hasRoom, type MachinePool, randomFit } from './machine-pool.ts'
import type { Look } from './retrying.ts'

/** Tries one random machine without asking first; for jobs of one unit. */
export function blind(): Look {
  return { roundTrips: 0, messages: 0, at: (_, { pool, random }) => [random.integer(pool.size)] }
}

/** Asks `count` random machines what is free and tries the one that fits best (Mitzenmacher, 2001); for jobs of one unit. */
export function probe(count: number): Look {
  return {
    roundTrips: 1,
    messages: 2 * count,
    at({ amounts }, { pool, random }) {
      const best = bestOf(pool, amounts, distinct(random, pool.size, count))
      return best === undefined ? undefined : [best]
    }
  }
}

/** Reads a copy of what is free, taken anew once it is older than `ageMs`, and tries a random machine with room; for jobs of one unit. */
export function directory(pool: MachinePool, ageMs: number): Look {
  let copy: readonly Capacity[] = pool.snapshot()
  let takenMs = 0
  return {
    roundTrips: 0,
    messages: 0,
    at({ amounts }, { random, nowMs }) {
      if (nowMs - takenMs > ageMs) [copy, takenMs] = [pool.snapshot(), nowMs]
      const seen = [...copy.keys()].filter((machine) => hasRoom(present(copy[machine], 'a copy'), amounts))
      return seen.length === 0 ? undefined : [present(seen[random.integer(seen.length)], 'a machine')]
    }
  }
}

/** Knows what is free everywhere and tries random machines with room for all units at once (Omega: Schwarzkopf et al., 2013). */
export function sharedState(): Look {
  return {
    roundTrips: 0,
    messages: 0,
    at({ count, amounts }, { pool, random }) {
      const planned = pool.placeAll(count, amounts, randomFit, random)
      for (const each of planned ?? []) pool.give(each)
      return planned?.map(({ machine }) => machine)
    }
  }
}

function distinct(random: Random, size: number, count: number): readonly number[] {
  const drawn = new Set<number>()
  while (drawn.size < Math.min(size, count)) drawn.add(random.integer(size))
  return [...drawn]
}
