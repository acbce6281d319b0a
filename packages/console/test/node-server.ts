import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { type ApiHandlers, parseRequest, problemFrom, problemMediaType, routes } from '@cloudpeer/api'
import { CloudError } from '@cloudpeer/core'

/** A call that arrived: the name of its route and its flat request. */
export interface SeenCall {
  readonly route: string
  readonly request: unknown
}

/** Serves the API's table over HTTP on a free port until the test ends. Answers that do not fit the contract fail the call. */
export async function startNodeServer(context: TestContext, handlers: Partial<ApiHandlers>): Promise<{ url: string; seen: SeenCall[] }> {
  const seen: SeenCall[] = []
  const server = createServer(async (incoming, outgoing) => {
    try {
      const reply = JSON.stringify(await handle(incoming, handlers, seen))
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end(reply)
    } catch (error) {
      const problem = problemFrom(error)
      outgoing.writeHead(problem.status, { 'content-type': problemMediaType }).end(JSON.stringify(problem))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

async function handle(incoming: IncomingMessage, handlers: Partial<ApiHandlers>, seen: SeenCall[]): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://node')
  for (const route of routes) {
    const pattern = new RegExp(`^${route.path.replace(/:(\w+)/, '(?<$1>[^/]+)')}$`)
    const match = pattern.exec(decodeURIComponent(pathname))
    if (match === null || route.method !== incoming.method) continue
    const request = parseRequest(route, {
      params: match.groups,
      headers: incoming.headers,
      query: Object.fromEntries(searchParams),
      body: text === '' ? undefined : JSON.parse(text)
    })
    seen.push({ route: route.name, request })
    const handler = handlers[route.name] as ((request: unknown) => unknown) | undefined
    if (handler === undefined) throw new CloudError('STOPPED', { component: route.name })
    return route.replyValidator.parse(await handler(request), 'reply')
  }
  throw new CloudError('NOT_FOUND', { kind: 'route', name: incoming.url ?? '' })
}
