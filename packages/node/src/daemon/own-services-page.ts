import { type OwnService, ownServicesLimitMax, type ownServicesRoute, type ReplyOf, type RequestOf } from '@cloudpeer/api'

/** One page of a node's own services, which are in the order of their names. `next` is the last name of a page that is not the last. */
export function ownServicesPage(
  services: readonly OwnService[],
  { limit = ownServicesLimitMax, after }: RequestOf<typeof ownServicesRoute>
): ReplyOf<typeof ownServicesRoute> {
  const rest = after === undefined ? services : services.filter(({ name }) => name > after)
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return { services: page, ...(last !== undefined && rest.length > limit && { next: last.name }) }
}
