import { type Answer, type Match, queryLimitMax } from '@cloudpeer/api'
import { compareText } from '@cloudpeer/core'
import type { CatalogueService } from './catalogue/catalogue.ts'
import type { DevNode } from './dev-network.ts'
import type { TourQuery } from './tour.ts'

/** A service and the node that owns it: what the network should know. */
export interface Published extends CatalogueService {
  readonly owner: string
}

/** What a query of the tour came to. */
export interface TourResult {
  readonly query: TourQuery
  readonly node: DevNode
  readonly matches: readonly Match[]
  /** How many a plain filter over the input finds. */
  readonly expected: number
  /** Whether the answer is complete and holds what the filter finds, in the same order. */
  readonly equal: boolean
  readonly partial: boolean
  readonly nodesAsked: number
  readonly messages: number
  readonly latencyMs: number
}

/** Asks one node and compares its answer with a plain filter over everything published. */
export async function askAndCompare(
  query: TourQuery,
  node: DevNode,
  published: readonly Published[],
  signal: AbortSignal
): Promise<TourResult> {
  const { matches, ...rest } = await askAll(query, node, signal)
  const expected = filtered(query, published)
  const same = matches.length === expected.length && matches.every((match, index) => isSame(match, expected[index]))
  return { query, node, matches, expected: expected.length, equal: same && !rest.partial, ...rest }
}

type Asked = Pick<TourResult, 'matches' | 'partial' | 'nodesAsked' | 'messages' | 'latencyMs'>

/** Follows the pages of the answer to their end; most nodes asked for any page, everything else summed. */
async function askAll({ expression, best }: TourQuery, { client }: DevNode, signal: AbortSignal): Promise<Asked> {
  const request = { expression, limit: best?.limit ?? queryLimitMax, ...(best ? { orderBy: `${best.attribute}:desc` } : {}) }
  const pages: Answer[] = [await client.query(request, { signal })]
  for (let last = pages[0]; !best && last?.next !== undefined; last = pages.at(-1)) {
    pages.push(await client.query({ ...request, after: last.next }, { signal }))
  }
  return {
    matches: pages.flatMap((page) => page.matches),
    partial: pages.some((page) => page.partial),
    nodesAsked: Math.max(...pages.map((page) => page.stats.nodesAsked)),
    messages: sum(pages.map((page) => page.stats.messages)),
    latencyMs: sum(pages.map((page) => page.stats.latencyMs))
  }
}

function filtered({ holds, best }: TourQuery, published: readonly Published[]): readonly Published[] {
  const found = published.filter(({ attributes }) => holds(attributes))
  const byName = (a: Published, b: Published): number => compareText(a.name, b.name) || compareText(a.owner, b.owner)
  if (best === undefined) return found.sort(byName)
  const value = (service: Published): number => Number(service.attributes[best.attribute])
  return found.sort((a, b) => value(b) - value(a) || byName(a, b)).slice(0, best.limit)
}

function isSame(match: Match, expected: Published | undefined): boolean {
  if (expected === undefined || match.name !== expected.name || match.owner !== expected.owner) return false
  const names = Object.keys(expected.attributes)
  return (
    names.length === Object.keys(match.attributes).length && names.every((name) => match.attributes[name] === expected.attributes[name])
  )
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
