import { assert, CloudError, type Validator, validator } from '@cloudpeer/core'
import { type Static, type TObject, type TSchema, Type } from 'typebox'
import { headerName, textFrom } from './header-text.ts'

const nothing = Type.Object({})
type Nothing = typeof nothing

/** How a route is declared; see {@link Route}. */
export interface RouteInit<
  Name extends string,
  Reply extends TSchema,
  Params extends TObject,
  Body extends TObject,
  Headers extends TObject
> {
  /** The client's method for this route, and its operation id in OpenAPI. */
  readonly name: Name
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/v1/...`; `:x` stands for the parameter x. */
  readonly path: string
  /** One sentence for people who read the contract. */
  readonly summary: string
  /** Texts in the path. */
  readonly params?: Params
  /** Texts in headers, under names made of theirs: `idempotencyKey` in `Idempotency-Key`. */
  readonly headers?: Headers
  /** The other fields: of a POST or PUT its JSON body, of a GET its query string, each a text or a whole number. */
  readonly body?: Body
  /** The JSON body of a reply with status 200. */
  readonly reply: Reply
  /** Codes of the errors that a caller should expect, beside INVALID, OVERLOADED and INTERNAL. */
  readonly errors?: readonly string[]
}

/**
 * A route as a value: server, client and OpenAPI derive from it. Parameters, headers and body together are one flat request, so
 * that a caller need not know which field travels where.
 */
export interface Route<
  Name extends string = string,
  Reply extends TSchema = TSchema,
  Params extends TObject = TObject,
  Body extends TObject = TObject,
  Headers extends TObject = TObject
> extends Required<RouteInit<Name, Reply, Params, Body, Headers>> {
  /** Checks the flat request; unknown fields are refused. */
  readonly requestValidator: Validator<TSchema>
  /** Checks a reply; unknown fields are let through, since a newer node may send more. */
  readonly replyValidator: Validator<Reply>
}

/** A value that is only read, all the way down: what is sent need not be copied for it, and what came is not changed. */
export type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T

/** The flat request of a route. */
export type RequestOf<R> =
  R extends Route<string, TSchema, infer Params, infer Body, infer Headers>
    ? Immutable<Static<Params> & Static<Body> & Static<Headers>>
    : never

/** The reply of a route. */
export type ReplyOf<R> = R extends Route<string, infer Reply> ? Immutable<Static<Reply>> : never

/** Declares a route. */
export function defineRoute<
  Name extends string,
  Reply extends TSchema,
  Params extends TObject = Nothing,
  Body extends TObject = Nothing,
  Headers extends TObject = Nothing
>(init: RouteInit<Name, Reply, Params, Body, Headers>): Route<Name, Reply, Params, Body, Headers> {
  const { params = nothing as Params, body = nothing as Body, headers = nothing as Headers, errors = [] } = init
  const names = Object.keys(params.properties)
  const placeholders = [...init.path.matchAll(/:(\w+)/g)].map(([, name]) => name)
  assert(placeholders.join() === names.join(), `${init.path} does not match its parameters`)
  assert(init.method !== 'DELETE' || init.body === undefined, `${init.name} is a DELETE with other fields`)
  const all = [params, headers, body].flatMap(({ properties }) => Object.keys(properties))
  assert(new Set(all).size === all.length, `${init.name} has two fields of one name`)
  const request = Type.Object({ ...params.properties, ...headers.properties, ...body.properties }, { additionalProperties: false })
  return { ...init, params, headers, body, errors, requestValidator: validator(request), replyValidator: validator(init.reply) }
}

/** Whether the fields of a route's requests travel in a JSON body. */
export function hasBody({ method }: Pick<Route, 'method'>): boolean {
  return method === 'POST' || method === 'PUT'
}

/** What an HTTP server has received: the texts of the path and of the query string, decoded, the headers by their names in small letters, and the JSON body. */
export interface ReceivedRequest {
  readonly params?: unknown
  readonly headers?: unknown
  readonly query?: unknown
  readonly body?: unknown
}

/** The flat request that a server hands to its handler; INVALID naming the field otherwise. */
export function parseRequest<R extends Route>(route: R, { params, headers, query, body }: ReceivedRequest): RequestOf<R> {
  const fields = hasBody(route) ? bodyFields(route, body) : numbered(route, asObject(query))
  return route.requestValidator.parse({ ...fields, ...headerFields(route, asObject(headers)), ...asObject(params) }) as RequestOf<R>
}

/** The fields of a JSON body. What belongs in a header is nowhere else: whoever puts it here is told so. */
function bodyFields({ headers }: Route, body: unknown): object {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new CloudError('INVALID', { field: 'body', problem: 'must be a JSON object' })
  }
  const [field] = Object.keys(headers.properties).filter((name) => name in body)
  if (field !== undefined) throw new CloudError('INVALID', { field, problem: `belongs in the header ${headerName(field)}` })
  return body
}

/** The fields that travel as headers, of those that were received. */
function headerFields({ headers }: Route, received: Readonly<Record<string, unknown>>): object {
  const given = Object.keys(headers.properties).filter((name) => received[headerName(name)] !== undefined)
  return Object.fromEntries(given.map((name) => [name, textFrom(received[headerName(name)], name)]))
}

/** The fields of a query string, with numbers where the route has numbers: all that travels there is text. */
function numbered({ body }: Route, query: object): object {
  const fields = Object.entries(query).map(([name, text]) => {
    const isNumber =
      (body.properties[name] as { readonly type?: string } | undefined)?.type === 'integer' && /^\d{1,15}$/.test(String(text))
    return [name, isNumber ? Number(text) : text]
  })
  return Object.fromEntries(fields)
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}
