import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** A request as it came over the socket. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly contentType: string | undefined
  readonly idempotencyKey?: string
  readonly body: string
}

/** Serves real HTTP on a free port until the test ends; `answer` writes the reply, or never does. */
export async function startRawServer(
  context: TestContext,
  answer: (request: SeenRequest, response: ServerResponse) => void
): Promise<{ url: string; seen: SeenRequest[] }> {
  const seen: SeenRequest[] = []
  const server = createServer(async (request, response) => {
    const received = await readRequest(request)
    seen.push(received)
    answer(received, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

/** A reply with a body of the given media type. */
export function reply(response: ServerResponse, status: number, body: string, mediaType = 'application/json'): void {
  response.writeHead(status, { 'content-type': mediaType }).end(body)
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { method = '', url = '', headers } = request
  const { 'content-type': contentType, 'idempotency-key': key } = headers
  const body = Buffer.concat(chunks).toString()
  return { method, url, contentType, body, ...(typeof key === 'string' && { idempotencyKey: key }) }
}
