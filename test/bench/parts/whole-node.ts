import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseSchema } from '@cloudpeer/model'
import type { Config, Ready } from '@cloudpeer/node'
import { createHttpClient, type HttpClient } from './http-client.ts'
import { workloadSchema, workloadServices } from './workload.ts'

/** A node in a process of its own that holds the whole workload. */
export interface WholeNode extends Ready {
  readonly child: ChildProcess
  readonly http: HttpClient
  stop(): Promise<void>
}

/** Services sent with one request. */
const batchSize = 1000

/** Starts a node with its data in a temporary directory, and registers the workload there. */
export async function startWholeNode(): Promise<WholeNode> {
  const data = mkdtempSync(join(tmpdir(), 'cloudpeer-bench-'))
  const child = fork(new URL('node-process.ts', import.meta.url), {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  child.send(configOf(data))
  const [ready] = (await once(child, 'message')) as [Ready]
  const http = createHttpClient(ready.api)
  const services = workloadServices()
  for (let from = 0; from < services.length; from += batchSize)
    await http.post('/v1/services', { services: services.slice(from, from + batchSize) })
  async function stop(): Promise<void> {
    http.close()
    child.disconnect()
    await once(child, 'exit')
    rmSync(data, { recursive: true, force: true })
  }
  return { ...ready, child, http, stop }
}

function configOf(data: string): Config {
  return {
    join: [],
    alone: false,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    announce: [],
    api: { host: '127.0.0.1', port: 0 },
    data,
    labels: {},
    name: 'bench',
    logLevel: 'warn',
    schema: parseSchema(workloadSchema),
    capacity: 'none',
    leaseMs: 60_000,
    workload: undefined,
    scaleOut: undefined,
    storeBytesMax: undefined,
    json: true
  }
}
