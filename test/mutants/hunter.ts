import type { Mutant } from './mutant.ts'
import { type Found, play } from './play.ts'

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
  readonly dirty: ReadonlyMap<number, Found>
}

/** A hunter that counts a seed only if it passes without the mutant. */
export function createHunter(seedsMax: number): Hunter {
  const unmutated = new Map<number, Promise<Found | undefined>>()
  const dirty = new Map<number, Found>()

  async function isClean(seed: number): Promise<boolean> {
    const running = unmutated.get(seed) ?? play({ fromSeed: seed, toSeed: seed })
    unmutated.set(seed, running)
    const failure = await running
    if (failure !== undefined) dirty.set(seed, failure)
    return failure === undefined
  }

  return {
    dirty,
    async hunt(mutant, told) {
      const began = performance.now()
      const result = (found: Found | undefined, seeds: number): Hunted => ({
        mutant,
        found,
        seeds,
        seconds: (performance.now() - began) / 1000
      })
      for (let fromSeed = 1; fromSeed <= seedsMax; ) {
        const found = await play({ mutant, fromSeed, toSeed: seedsMax }, told)
        if (found === undefined) break
        if (await isClean(found.seed)) return result(found, found.seed)
        fromSeed = found.seed + 1
      }
      return result(undefined, seedsMax)
    }
  }
}
