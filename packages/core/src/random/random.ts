import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { assert, present } from '../assert.ts'

/** The only source of chance that protocol logic knows. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** A whole number, uniform in [0, bound). */
  integer(bound: number): number
  /** `count` uniform bytes. */
  bytes(count: number): Uint8Array
}

/** Words drawn before the first that counts: a generator fresh from a small seed gives nearly the same ones for every seed. */
const warmUpWords = 32

/** A repeatable source: equal seeds give equal sequences on every machine. Not for secrets. */
export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed | 0)
  for (let i = 0; i < warmUpWords; i++) generator.next()
  const word = (): number => generator.next() >>> 0
  return randomFromWords(word)
}

/** A source over 32-bit words, each uniform in [0, 2^32). */
export function randomFromWords(word: () => number): Random {
  const next = (): number => ((word() >>> 5) * 0x4000000 + (word() >>> 6)) / 0x20000000000000
  return {
    next,
    integer(bound) {
      assert(Number.isSafeInteger(bound) && bound > 0, `a bound of ${bound}`)
      return Math.floor(next() * bound)
    },
    bytes: (count) => Uint8Array.from({ length: count }, () => word() & 0xff)
  }
}

/** One item of a list that is not empty. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return present(items[random.integer(items.length)], 'a pick from an empty list')
}

/** Up to `count` different items in random order (a partial Fisher-Yates shuffle). */
export function sample<T>(random: Random, items: readonly T[], count: number): T[] {
  const pool = [...items]
  const size = Math.min(count, pool.length)
  for (let i = 0; i < size; i++) {
    const j = i + random.integer(pool.length - i)
    const chosen = pool[j] as T
    pool[j] = pool[i] as T
    pool[i] = chosen
  }
  return pool.slice(0, size)
}

/** `valueMs` spread uniformly by plus or minus `share` of itself, so that many nodes do not act in step. */
export function jittered(random: Random, valueMs: number, share = 0.2): number {
  return valueMs * (1 + share * (2 * random.next() - 1))
}
