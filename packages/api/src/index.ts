export { type CallOptions, type Client, type ClientInit, createClient } from './client.ts'
export { apiErrors } from './errors.ts'
export {
  clientTimeoutMs,
  ownServicesLimitMax,
  queryLimitDefault,
  queryLimitMax,
  replyBytesMax,
  requestBytesMax,
  servicesPerRequestMax
} from './limits.ts'
export { allOwnServices } from './own-services.ts'
export { errorFromProblem, type Problem, problemFrom, problemMediaType, problemSchema } from './problem.ts'
export {
  defineRoute,
  type Immutable,
  parseRequest,
  type ReceivedRequest,
  type ReplyOf,
  type RequestOf,
  type Route,
  type RouteInit
} from './route.ts'
export { type LeaveReport, leaveRoute } from './routes/leave.ts'
export { type Member, membersRoute } from './routes/members.ts'
export { type Network, networkRoute } from './routes/network.ts'
export { type Answer, type Explanation, type QueryStats, queryRoute } from './routes/query.ts'
export {
  findServiceRoute,
  type Match,
  type OwnService,
  ownServicesRoute,
  type Registration,
  registerServicesRoute,
  removeServiceRoute
} from './routes/services.ts'
export { type Status, statusRoute } from './routes/status.ts'
export { type ApiHandlers, type ApiRoute, routes } from './routes.ts'
