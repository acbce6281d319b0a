import { CloudError } from '@cloudpeer/core'
import type { CallOptions, Client } from './client.ts'
import type { OwnService } from './routes/services.ts'

/** All services that a node has registered, by name, page by page. API_UNEXPECTED from a node whose pages do not get on. */
export async function allOwnServices(client: Pick<Client, 'ownServices'>, options?: CallOptions): Promise<readonly OwnService[]> {
  const services: OwnService[] = []
  for (let after: string | undefined; ; ) {
    const page = await client.ownServices(after === undefined ? {} : { after }, options)
    services.push(...page.services)
    if (page.next === undefined) return services
    if (after !== undefined && page.next <= after)
      throw new CloudError('API_UNEXPECTED', { url: '/v1/services', problem: 'its pages do not get on' })
    after = page.next
  }
}
