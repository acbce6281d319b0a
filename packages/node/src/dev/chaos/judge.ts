import { isDeepStrictEqual } from 'node:util'
import type { Match } from '@cloudpeer/api'
import type { RandomQuery } from '../random-query.ts'
import type { Published } from '../take-tour.ts'
import type { History } from './history.ts'

/** An answer, all its pages together, and when it was asked for and given. */
export interface Answered {
  readonly query: RandomQuery
  readonly matches: readonly Match[]
  readonly fromMs: number
  readonly untilMs: number
}

/** What is wrong with an answer: nothing if both are empty. Entries are `<service> of <peer id>`. */
export interface Verdict {
  /** Services that had to be there. */
  readonly missing: readonly string[]
  /** Matches that should not be there: of an owner that is down, twice, not matching, or not as published. */
  readonly unexpected: readonly string[]
}

/** Compares an answer with the truth: a plain filter over what was published by those who were there all the while. */
export function judge({ query, matches, fromMs, untilMs }: Answered, published: readonly Published[], history: History): Verdict {
  const found = new Map(matches.map((match) => [labelOf(match), match]))
  const missing: string[] = []
  const unexpected = new Set(matches.map(labelOf))
  for (const service of published) {
    if (!query.holds(service.attributes)) continue
    const label = labelOf(service)
    const presence = history.presence(service.owner, fromMs, untilMs)
    const match = found.get(label)
    if (match === undefined && presence === 'there') missing.push(label)
    if (match !== undefined && presence !== 'gone' && isDeepStrictEqual(match.attributes, service.attributes)) unexpected.delete(label)
  }
  return { missing, unexpected: [...unexpected, ...repeated(matches)] }
}

function repeated(matches: readonly Match[]): readonly string[] {
  const seen = new Set<string>()
  return matches.map(labelOf).filter((label) => seen.size === seen.add(label).size)
}

function labelOf({ name, owner }: { readonly name: string; readonly owner: string }): string {
  return `${name} of ${owner}`
}
