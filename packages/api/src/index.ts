export { allLeases, allOwnServices, allRequests } from './all-pages.ts'
export { type CallOptions, type Client, type ClientInit, createClient } from './client.ts'
export { apiErrors } from './errors.ts'
export { headerName } from './header-text.ts'
export {
  clientTimeoutMs,
  durationMsMax,
  idempotencyKeyLengthMax,
  ownServicesLimitMax,
  pageLimitMax,
  queryLimitDefault,
  queryLimitMax,
  replyBytesMax,
  requestBytesMax,
  requestPriorityMax,
  requestUnitsMax,
  requestWaitMsMax,
  servicesPerRequestMax
} from './limits.ts'

export { errorFromProblem, type Problem, problemFrom, problemMediaType, problemSchema } from './problem.ts'
export {
  defineRoute,
  hasBody,
  type Immutable,
  parseRequest,
  type ReceivedRequest,
  type ReplyOf,
  type RequestOf,
  type Route,
  type RouteInit
} from './route.ts'
export type { Allocation, CapacityAmounts, GivenAmounts, GivenCapacity, RequestAmounts } from './routes/amounts.ts'
export { type CapacityReport, setCapacityRoute } from './routes/capacity.ts'
export { type CheckedLease, type LeaseReport, leasesRoute } from './routes/leases.ts'
export { type LeaveReport, leaveRoute } from './routes/leave.ts'
export { type Member, membersRoute } from './routes/members.ts'
export { type Network, networkRoute } from './routes/network.ts'
export { type Answer, type Explanation, type QueryStats, queryRoute } from './routes/query.ts'
export {
  type CreatedRequest,
  createRequestRoute,
  ownRequestsRoute,
  type RequestReport,
  requestRoute,
  type WaitingReport
} from './routes/requests.ts'
export {
  findServiceRoute,
  type Match,
  type OwnService,
  ownServicesRoute,
  type Registration,
  registerServicesRoute,
  removeServiceRoute
} from './routes/services.ts'
export { type StandingProblem, type Status, statusRoute } from './routes/status.ts'
export { type ApiHandlers, type ApiRoute, routes } from './routes.ts'
export { isUndecided, isWaiting, waitingReasons } from './waiting-reasons.ts'
