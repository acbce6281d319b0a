import { CloudError } from '@cloudpeer/core'
import type { CallOptions, Client } from './client.ts'
import type { LeaseReport } from './routes/leases.ts'
import type { RequestReport } from './routes/requests.ts'
import type { OwnService } from './routes/services.ts'

/** All services that a node has registered, by name, page by page. API_UNEXPECTED from a node whose pages do not get on. */
export function allOwnServices(client: Pick<Client, 'ownServices'>, options?: CallOptions): Promise<readonly OwnService[]> {
  return allPages('/v1/services', async (after) => {
    const { services, next } = await client.ownServices(after, options)
    return { items: services, next }
  })
}

/** All requests of a node, newest first, page by page. API_UNEXPECTED as above. */
export function allRequests(client: Pick<Client, 'ownRequests'>, options?: CallOptions): Promise<readonly RequestReport[]> {
  return allPages('/v1/requests', async (after) => {
    const { requests, next } = await client.ownRequests(after, options)
    return { items: requests, next }
  })
}

/** All leases that a node has or granted, or those of one side, page by page. API_UNEXPECTED as above. */
export function allLeases(
  client: Pick<Client, 'leases'>,
  side?: LeaseReport['side'],
  options?: CallOptions
): Promise<readonly LeaseReport[]> {
  return allPages('/v1/leases', async (after) => {
    const { leases, next } = await client.leases({ ...after, ...(side !== undefined && { side }) }, options)
    return { items: leases, next }
  })
}

interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | undefined
}

async function allPages<T>(url: string, ask: (after: { readonly after?: string }) => Promise<Page<T>>): Promise<readonly T[]> {
  const all: T[] = []
  const asked = new Set<string>()
  let page = await ask({})
  all.push(...page.items)
  while (page.next !== undefined) {
    if (page.items.length === 0 || asked.has(page.next)) throw new CloudError('API_UNEXPECTED', { url, problem: 'its pages do not get on' })
    asked.add(page.next)
    page = await ask({ after: page.next })
    all.push(...page.items)
  }
  return all
}
