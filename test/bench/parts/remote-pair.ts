import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { type PeerId, seededRandom, sleep } from '@cloudpeer/core'
import { createSigner } from '@cloudpeer/core/identity'
import { systemClock } from '@cloudpeer/core/system'
import { foundNetwork } from '@cloudpeer/overlay'
import { type BenchNode, startBenchNode } from './bench-node.ts'

/** Two nodes: one in a process of its own that holds everything, and one in this process that holds nothing and asks. */
export interface RemotePair {
  readonly child: ChildProcess
  /** The node that holds everything. */
  readonly replica: PeerId
  readonly asker: BenchNode
  stop(): Promise<void>
}

/** A schema as an operator writes it. */
interface PlainSchema {
  readonly attributes: Readonly<Record<string, object>>
}

/** Time for a newcomer to see what it is responsible for, in ms. */
const settleMs = 1500

/** One copy, so that the asker can be a node that holds none. */
const registry = { replicas: 1 }

/** Starts the two with these services registered at the one. */
export async function startRemotePair(schema: PlainSchema, services: readonly object[]): Promise<RemotePair> {
  const seed = 1
  const founder = createSigner(seededRandom(seed).bytes(32))
  const network = foundNetwork({ signer: founder, random: seededRandom(2), name: 'bench', schema: oneShardSchema(schema) })
  const child = fork(new URL('replica-process.ts', import.meta.url), {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  child.send({ seed, network, registry, services })
  const [{ address }] = (await once(child, 'message')) as [{ address: string }]

  /** A node that joins and holds no shard, so that each query goes to the other one: its key decides. */
  async function startAsker(): Promise<BenchNode> {
    for (let seed = 100; ; seed++) {
      const asker = await startBenchNode({ seed, network, join: [address], registry })
      while (asker.overlay.servers().length < 2) await sleep(systemClock, 20)
      await sleep(systemClock, settleMs)
      if (asker.registry.status().shards.held === 0) return asker
      await asker.stop()
    }
  }

  const asker = await startAsker()
  async function stop(): Promise<void> {
    await asker.stop()
    child.disconnect()
    await once(child, 'exit')
  }
  return { child, replica: founder.self, asker, stop }
}

/** The schema with nothing indexed: the shard of the names answers every query. */
function oneShardSchema(schema: PlainSchema): object {
  const attributes = Object.entries(schema.attributes).map(([name, definition]) => [name, { ...definition, indexed: false }])
  return { ...schema, attributes: Object.fromEntries(attributes) }
}
