import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Client, createClient } from '@cloudpeer/api'
import { systemClock } from '@cloudpeer/core/system'
import { type NodeProcess, startNodeProcess } from '@cloudpeer/node/dev'
import { atEnd } from './at-end.ts'

/** A node in a process of its own. */
export interface SingleNode {
  readonly process: NodeProcess
  readonly peerId: string
  readonly address: string
  readonly api: string
  readonly client: Client
}

/** A directory that is removed when the test ends. */
export function dataDirectory(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'cloudpeer-e2e-'))
  atEnd(context, () => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Starts a node and waits until it is up; it is ended when the test ends, if not before. */
export async function startNode(context: TestContext, directory: string, flags: readonly string[] = []): Promise<SingleNode> {
  const args = ['--listen', '/ip4/127.0.0.1/tcp/0', '--api', '127.0.0.1:0', '--json', ...flags]
  const node = startNodeProcess({ index: 0, args, directory }, systemClock)
  atEnd(context, () => node.stop())
  const { peerId, addresses, api } = await node.ready
  return { process: node, peerId, address: addresses[0] ?? '', api, client: createClient({ baseUrl: api, clock: systemClock }) }
}
