import { type Clock, CloudError, errorMessage, startDeadline } from '@cloudpeer/core'
import { headerFrom, headerName } from './header-text.ts'
import { clientTimeoutMs, replyBytesMax } from './limits.ts'
import { errorFromProblem, type Problem, problemMediaType, problemValidator } from './problem.ts'
import { hasBody, type ReplyOf, type RequestOf, type Route } from './route.ts'
import { type ApiRoute, routes } from './routes.ts'

/** How a client is made. */
export interface ClientInit {
  /** Where the node's API is: `http://host:port`, with a path before `/v1` where a proxy needs one. */
  readonly baseUrl: string
  /** Judges time-outs. */
  readonly clock: Clock
  /** Time for a whole call, in ms. */
  readonly timeoutMs?: number
  /** The platform's own unless given. */
  readonly fetch?: typeof globalThis.fetch
}

/** How one call is made. */
export interface CallOptions {
  /** Ends the call with CANCELLED. */
  readonly signal?: AbortSignal
  /** Time for this call, in ms. */
  readonly timeoutMs?: number
}

type Call<R> =
  Record<never, never> extends RequestOf<R>
    ? (request?: RequestOf<R>, options?: CallOptions) => Promise<ReplyOf<R>>
    : (request: RequestOf<R>, options?: CallOptions) => Promise<ReplyOf<R>>

/**
 * One method per route. A call rejects with the node's own error, or with INVALID (the request does not fit its schema;
 * nothing was sent), API_UNREACHABLE, API_UNEXPECTED, TIMED_OUT or CANCELLED. Nothing is retried.
 */
export type Client = { readonly [R in ApiRoute as R['name']]: Call<R> }

interface Received {
  readonly status: number
  readonly mediaType: string
  readonly text: string
}

/** A typed client of one node. INVALID if `baseUrl` is no http or https URL. */
export function createClient(init: ClientInit): Client {
  const { clock, timeoutMs: timeoutMsDefault = clientTimeoutMs, fetch = globalThis.fetch } = init
  const base = parseBaseUrl(init.baseUrl)

  async function call(route: Route, request: unknown = {}, { signal, timeoutMs = timeoutMsDefault }: CallOptions = {}): Promise<unknown> {
    const { url, ...message } = httpRequest(base, route, request)
    const deadline = startDeadline(clock, timeoutMs, signal)
    const received = await receive(fetch, url, { ...message, signal: deadline.signal })
      .catch((error: unknown) => {
        if (deadline.expired) throw new CloudError('TIMED_OUT', { operation: `${route.method} ${url}`, timeoutMs }, { cause: error })
        if (signal?.aborted) throw new CloudError('CANCELLED', {}, { cause: error })
        throw error
      })
      .finally(() => deadline.clear())
    return replyFrom(route, url, received)
  }

  const methods = routes.map((route) => [route.name, (request?: unknown, options?: CallOptions) => call(route, request, options)])
  return Object.fromEntries(methods) as Client
}

function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new CloudError('INVALID', { field: 'baseUrl', problem: `${text.slice(0, 256)} is not an http or https URL` })
  }
  return url.href.replace(/\/+$/, '')
}

function httpRequest(
  base: string,
  route: Route,
  request: unknown
): { url: string; method: string; headers: Record<string, string>; body?: string } {
  const checked = route.requestValidator.parse(request) as Readonly<Record<string, unknown>>
  const url = base + route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(checked[name])))
  const given = Object.entries(checked).filter(([, value]) => value !== undefined)
  const named = given.filter(([name]) => name in route.headers.properties)
  const headers = {
    accept: `application/json, ${problemMediaType}`,
    ...Object.fromEntries(named.map(([name, value]) => [headerName(name), headerFrom(String(value))]))
  }
  const body = given.filter(([name]) => name in route.body.properties)
  const query = new URLSearchParams(body.map(([name, value]): [string, string] => [name, String(value)])).toString()
  if (!hasBody(route)) return { url: query === '' ? url : `${url}?${query}`, method: route.method, headers }
  return {
    url,
    method: route.method,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(body))
  }
}

async function receive(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<Received> {
  try {
    const response = await fetch(url, init)
    const mediaType = response.headers.get('content-type')?.split(';')[0]?.trim() ?? ''
    return { status: response.status, mediaType, text: await readText(url, response) }
  } catch (error) {
    if (error instanceof CloudError) throw error
    throw new CloudError('API_UNREACHABLE', { url, problem: networkProblem(error) }, { cause: error })
  }
}

async function readText(url: string, response: Response): Promise<string> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  while (reader !== undefined) {
    const { done, value } = await reader.read()
    if (done) break
    bytes += value.length
    if (bytes > replyBytesMax) {
      await reader.cancel()
      throw unexpected(url, `it has more than ${replyBytesMax} bytes`)
    }
    text += decoder.decode(value, { stream: true })
  }
  return text + decoder.decode()
}

/** `fetch` wraps what happened: the cause, or the first of several causes, says it. */
function networkProblem(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const first = cause instanceof AggregateError ? cause.errors[0] : cause
  return errorMessage(first)
}

function replyFrom(route: Route, url: string, { status, mediaType, text }: Received): unknown {
  const body = parseJson(text)
  if (mediaType === problemMediaType && problemValidator.matches(body)) throw errorFromProblem(body as Problem)
  if (status !== 200) throw unexpected(url, `status ${status}${mediaType && ` with ${mediaType}`}`)
  if (body === undefined) throw unexpected(url, 'it is not JSON')
  try {
    return route.replyValidator.parse(body)
  } catch (error) {
    throw unexpected(url, errorMessage(error), error)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // No value of JSON is undefined: the caller tells the two apart.
    return undefined
  }
}

function unexpected(url: string, problem: string, cause?: unknown): CloudError {
  return new CloudError('API_UNEXPECTED', { url, problem }, { cause })
}
