import { errorMessage, pick } from '@cloudpeer/core'
import type { QueryRequest } from '@cloudpeer/registry'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import { asPlain } from '../workload/client.ts'
import type { Checker } from './checker.ts'

/** Matches of a page: few, so that most answers have several. */
const pageMatches = 5
/** Pages after which an answer counts as endless. */
const pagesMax = 1_000

const orders = [{}, { orderBy: 'load' }, { orderBy: 'price:desc' }] as const

/** L1: an answer that is asked for page by page has every service once, in whatever order. */
export const pagesMakeTheWhole: Checker = {
  name: 'eventually_pages_make_the_whole',
  watch({ cloud, client, random }) {
    return async () => {
      const node = pick(random, cloud.nodes)
      const query = client.nextQuery(random)
      const order = pick(random, orders)
      const services = cloud.nodes.flatMap(({ peer, registry }) => registry.own().map((own) => ({ id: `${peer}/${own.name}`, own })))
      const expected = services.flatMap(({ id, own }) => (query.matches(asPlain(own)) ? [id] : []))
      const found = await allPages(node, { expression: query.expression, limit: pageMatches, ...order })
      const isWhole = typeof found !== 'string' && found.toSorted().join() === expected.toSorted().join()
      const told = typeof found === 'string' ? found : `${found.length} services of ${expected.length}`
      return isWhole ? [] : [`${query.expression} ${JSON.stringify(order)} at ${node.peer} gives page by page ${told}`]
    }
  }
}

/** The services of all pages, or what went wrong. */
async function allPages({ registry }: SimulatedNode, request: QueryRequest): Promise<readonly string[] | string> {
  const found: string[] = []
  try {
    for (let pages = 0, after: string | undefined; pages < pagesMax; pages++) {
      const { matches, partial, next } = await registry.query({ ...request, ...(after && { after }) })
      if (partial) return 'an answer that may be incomplete'
      found.push(...matches.map(({ owner, name }) => `${owner}/${name}`))
      if (next === undefined) return found
      after = next
    }
    return 'no end'
  } catch (error) {
    return errorMessage(error)
  }
}
