import type { Mutant } from './mutant.ts'
import { type Found, play } from './play.ts'
import type { Subject } from './scenario.ts'

/** How a hunt ended. */
export interface Hunted {
  readonly mutant: Mutant
  /** Undefined for a survivor. */
  readonly found: Found | undefined
  readonly seeds: number
  readonly seconds: number
}

/** Hunts mutants with the seeds from 1 to `seedsMax`. */
export interface Hunter {
  hunt(mutant: Mutant, told?: (seed: number) => void): Promise<Hunted>
  /** Seeds that fail without any mutant, as far as they came to be needed: they show nothing. */
  readonly dirty: readonly Found[]
}

/** A hunter that counts a seed only if it passes without the mutant. */
export function createHunter(seedsMax: number): Hunter {
  const unmutated = new Map<string, Promise<Found | undefined>>()
  const dirty: Found[] = []

  async function playUnmutated(subject: Subject, seed: number): Promise<Found | undefined> {
    const failure = await play({ subject, fromSeed: seed, toSeed: seed })
    if (failure !== undefined) dirty.push(failure)
    return failure
  }

  async function isClean(subject: Subject, seed: number): Promise<boolean> {
    const name = `${subject} ${seed}`
    const running = unmutated.get(name) ?? playUnmutated(subject, seed)
    unmutated.set(name, running)
    return (await running) === undefined
  }

  return {
    dirty,
    async hunt(mutant, told) {
      const began = performance.now()
      const subject = subjectOf(mutant)
      const result = (found: Found | undefined, seeds: number): Hunted => ({
        mutant,
        found,
        seeds,
        seconds: (performance.now() - began) / 1000
      })
      for (let fromSeed = 1; fromSeed <= seedsMax; ) {
        const found = await play({ subject, mutant, fromSeed, toSeed: seedsMax }, told)
        if (found === undefined) break
        if (await isClean(subject, found.seed)) return result(found, found.seed)
        fromSeed = found.seed + 1
      }
      return result(undefined, seedsMax)
    }
  }
}

/** The scenarios that are about what a mutant's file does. */
function subjectOf({ file }: Mutant): Subject {
  return file.startsWith('packages/provisioning/') ? 'leases' : 'services'
}
