import { Readable } from 'node:stream'
import { type ApiHandlers, parseRequest, problemFrom, problemMediaType, type Route, requestBytesMax, routes } from '@cloudpeer/api'
import { CloudError, errorMessage, isCloudError, type Log } from '@cloudpeer/core'
import swagger from '@fastify/swagger'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { HostPort } from '../config/index.ts'
import type { PrometheusMetrics } from '../metrics/metrics.ts'
import { documentedSchema, openApi, problemComponent } from './open-api.ts'
import { errorFromFastify } from './request-error.ts'
import { isLoopback, refuseStrangeHosts } from './strange-host.ts'
import '../errors.ts'

/** What a handler knows about the request beside its fields. */
export interface CallContext {
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal
}

/** What the HTTP server is made of. */
export interface HttpServerInit {
  readonly listen: HostPort
  readonly handlers: ApiHandlers<CallContext>
  readonly metrics: PrometheusMetrics
  readonly log: Log
  readonly version: string
}

/** A server that listens. */
export interface HttpServer {
  /** `http://host:port`, with the port that the system chose where that was 0. */
  readonly url: string
  /** Cuts open connections and resolves when the port is free. */
  close(): Promise<void>
}

/** How long a client may take to send a whole request, in ms: it bounds what slow senders can hold. */
export const requestTimeoutMs = 30_000

/** Characters of a part of a path, as many as a URL can have: how many may be there the route itself says. */
const paramLengthMax = 16 * 1024

/**
 * Serves the API's route table, `/metrics` and `/openapi.json`. Every error is a problem document (RFC 9457).
 * ADDRESS_IN_USE, BAD_ADDRESS.
 */
export async function startHttpServer(init: HttpServerInit): Promise<HttpServer> {
  const app = await createHttpApp(init)
  try {
    const url = await app.listen({ ...init.listen, listenTextResolver: () => '' })
    return { url, close: async () => app.close() }
  } catch (error) {
    await app.close()
    throw listenError(error, init.listen)
  }
}

/** The server without a port: tests inject requests. */
export async function createHttpApp({ listen, handlers, metrics, log, version }: HttpServerInit): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: requestBytesMax,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: paramLengthMax },
    // What the router refuses, before there is a route.
    frameworkErrors: (error, request, reply) => sendProblem(reply, errorFromFastify(error), log, request)
  })
  app.removeContentTypeParser('text/plain')
  // The route table's own validators judge requests; the schemas given to fastify are documentation.
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  app.setErrorHandler((error, request, reply) => sendProblem(reply, errorFromFastify(error), log, request))
  app.setNotFoundHandler((request, reply) => {
    sendProblem(reply, new CloudError('ROUTE_NOT_FOUND', { method: request.method, path: request.url.slice(0, 256) }), log, request)
  })
  if (isLoopback(listen.host)) app.addHook('onRequest', refuseStrangeHosts(listen.host))
  observeRequests(app, metrics)
  app.addSchema(problemComponent)
  await app.register(swagger, openApi(version))
  await app.register(async (scope) => {
    for (const route of routes) addRoute(scope, route, handlers[route.name] as AnyHandler)
  })
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(Readable.from([await metrics.text()]))
  )
  return app
}

type AnyHandler = (request: unknown, context: CallContext) => unknown

function addRoute(app: FastifyInstance, route: Route, handler: AnyHandler): void {
  app.route({
    method: route.method,
    url: route.path,
    schema: documentedSchema(route),
    handler: async (request, reply) => handler(parseRequest(route, request), { signal: goneSignal(reply) })
  })
}

function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort())
  return controller.signal
}

function sendProblem(reply: FastifyReply, error: unknown, log: Log, request: FastifyRequest): void {
  if (!isCloudError(error)) log.error('an API request failed', { method: request.method, path: request.url.slice(0, 256), error })
  const problem = problemFrom(error)
  reply.code(problem.status).type(problemMediaType).serializer(JSON.stringify).send(problem)
}

function observeRequests(app: FastifyInstance, metrics: PrometheusMetrics): void {
  const times = metrics.histogram('cloudpeer_http_request_ms', 'Time to answer an API request', ['route', 'status'])
  app.addHook('onResponse', async (request, reply) => {
    times.with({ route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) }).observe(reply.elapsedTime)
  })
}

function listenError(error: unknown, { host, port }: HostPort): unknown {
  const address = `${host}:${port}`
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE') return new CloudError('ADDRESS_IN_USE', { address }, { cause: error })
  if (code === undefined) return error
  return new CloudError('BAD_ADDRESS', { field: 'api', address, problem: errorMessage(error) }, { cause: error })
}
