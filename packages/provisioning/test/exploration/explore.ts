import { hash } from 'node:crypto'
import '../../src/errors.ts'
import { verdict } from './judge.ts'
import { firstWorld, textOf, type World } from './lease-world.ts'
import { nextWorlds, type Rules, shipped } from './steps.ts'

/** What an exploration found. */
export interface Exploration {
  /** Different worlds, the first among them. */
  readonly worlds: number
  /** The most events that led to one of them. */
  readonly depth: number
  /** What was wrong with the first world that was, and the events' number that led there. */
  readonly failure: string | undefined
}

/** What may happen beside what always may, in all. */
export const chances: World['left'] = { proposals: 3, twice: 1, crashes: 1, delays: 1, recalls: 0 }

/** Visits every world that at most `depthMax` events lead to, nearest first, until one is wrong. */
export function explore(rules: Rules, depthMax: number, left: World['left'] = chances): Exploration {
  const first = firstWorld(left)
  const seen = new Set([nameOf(first)])
  let nearest: readonly World[] = [first]
  for (let depth = 1; depth <= depthMax; depth++) {
    const next: World[] = []
    for (const before of nearest) {
      for (const after of nextWorlds(before, rules)) {
        const name = nameOf(after)
        if (seen.has(name)) continue
        seen.add(name)
        const failure = verdict(before, after)
        if (failure !== undefined) return { worlds: seen.size, depth, failure }
        if (depth < depthMax) next.push(after)
      }
    }
    nearest = next
  }
  return { worlds: seen.size, depth: depthMax, failure: undefined }
}

/** Short, since millions of them are kept: 96 bits of a hash. */
function nameOf(world: World): string {
  return hash('sha1', textOf(world), 'base64').slice(0, 16)
}

if (import.meta.main) {
  const depth = Number(process.argv[process.argv.indexOf('--depth') + 1])
  for (const gangs of [false, true]) console.log({ gangs, ...explore({ ...shipped, gangs }, depth) })
}
