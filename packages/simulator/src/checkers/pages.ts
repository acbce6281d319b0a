import { errorMessage, pick } from '@cloudpeer/core'
import type { QueryRequest } from '@cloudpeer/registry'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import { asPlain } from '../workload/client.ts'
import { allPages } from '../workload/pages.ts'
import type { Checker } from './checker.ts'

/** Matches of a page: few, so that most answers have several. */
const pageMatches = 5
/** Queries asked at a look, and at the last one. */
const queriesPerLook = 1
const queriesAtLast = 4

const orders = [{}, { orderBy: 'load' }, { orderBy: 'price:desc' }] as const

/** L1: an answer that is asked for page by page has every service once, in whatever order. */
export const pagesMakeTheWhole: Checker = {
  name: 'eventually_pages_make_the_whole',
  watch({ cloud, client, random }) {
    return async (isLast) => {
      const services = cloud.nodes.flatMap(({ peer, registry }) => registry.own().map((own) => ({ id: `${peer}/${own.name}`, own })))
      const problems: string[] = []
      for (let asked = 0; asked < (isLast ? queriesAtLast : queriesPerLook); asked++) {
        const node = pick(random, cloud.nodes)
        const query = client.nextQuery(random)
        const order = pick(random, orders)
        const expected = services.flatMap(({ id, own }) => (query.matches(asPlain(own)) ? [id] : [])).sort()
        const found = await servicesOf(node, { expression: query.expression, limit: pageMatches, ...order })
        const told = typeof found === 'string' ? found : `${found.length} services of ${expected.length}`
        const isWhole = typeof found !== 'string' && found.join() === expected.join()
        if (!isWhole) problems.push(`${query.expression} ${JSON.stringify(order)} at ${node.peer} gives page by page ${told}`)
      }
      return problems
    }
  }
}

/** The services of all pages, or what went wrong. */
async function servicesOf(node: SimulatedNode, request: QueryRequest): Promise<readonly string[] | string> {
  try {
    const { matches, partial } = await allPages(node, request)
    return partial ? 'an answer that may be incomplete' : matches.map(({ owner, name }) => `${owner}/${name}`).sort()
  } catch (error) {
    return errorMessage(error)
  }
}
