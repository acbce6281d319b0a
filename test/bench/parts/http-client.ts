import { Agent, request } from 'node:http'

/** A bare HTTP client that keeps its connections: what a user's driver would be. */
export interface HttpClient {
  /** The parsed JSON of a reply of status 200; throws for any other. */
  post(path: string, body: unknown): Promise<unknown>
  close(): void
}

/** A client of the API at `baseUrl`. */
export function createHttpClient(baseUrl: string): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  return {
    post(path, body) {
      const payload = Buffer.from(JSON.stringify(body))
      const headers = { 'content-type': 'application/json', 'content-length': payload.length }
      return new Promise((resolve, reject) => {
        const outgoing = request(`${baseUrl}${path}`, { agent, method: 'POST', headers }, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            if (response.statusCode === 200) resolve(JSON.parse(text))
            else reject(new Error(`${path}: ${response.statusCode} ${text}`))
          })
        })
        outgoing.on('error', reject)
        outgoing.end(payload)
      })
    },
    close: () => agent.destroy()
  }
}
