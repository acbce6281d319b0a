import type { ReplyOf, RequestOf } from './route.ts'
import { capacityRoute, drainCapacityRoute, setCapacityRoute, undrainCapacityRoute } from './routes/capacity.ts'
import { checkLeaseRoute, endLeaseRoute, leaseRoute, leasesRoute, releaseLeaseRoute, renewLeaseRoute } from './routes/leases.ts'
import { leaveRoute } from './routes/leave.ts'
import { membersRoute } from './routes/members.ts'
import { networkRoute } from './routes/network.ts'
import { queryRoute } from './routes/query.ts'
import { cancelRequestRoute, createRequestRoute, explainRequestRoute, ownRequestsRoute, requestRoute } from './routes/requests.ts'
import { findServiceRoute, ownServicesRoute, registerServicesRoute, removeServiceRoute } from './routes/services.ts'
import { statusRoute } from './routes/status.ts'

/** The whole contract. Server, client and OpenAPI are made from this table and from nothing else. */
export const routes = [
  statusRoute,
  membersRoute,
  networkRoute,
  registerServicesRoute,
  ownServicesRoute,
  findServiceRoute,
  removeServiceRoute,
  queryRoute,
  capacityRoute,
  setCapacityRoute,
  drainCapacityRoute,
  undrainCapacityRoute,
  createRequestRoute,
  ownRequestsRoute,
  requestRoute,
  explainRequestRoute,
  cancelRequestRoute,
  leasesRoute,
  leaseRoute,
  renewLeaseRoute,
  releaseLeaseRoute,
  endLeaseRoute,
  checkLeaseRoute,
  leaveRoute
] as const

/** Any route of the table. */
export type ApiRoute = (typeof routes)[number]

/** What a server does for each route: it gets the flat request, checked, and whatever context the server adds. */
export type ApiHandlers<Context = void> = {
  readonly [R in ApiRoute as R['name']]: (request: RequestOf<R>, context: Context) => ReplyOf<R> | Promise<ReplyOf<R>>
}
