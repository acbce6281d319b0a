import { type Shard, shardId } from '@cloudpeer/registry/protocols'
import { beliefsOf } from './perform.ts'
import type { Copies, ScriptedNetwork } from './scripted-network.ts'

/** All that must be equal in two networks once one script is over, by the number of each node that runs. */
export type FinalState = Readonly<Record<number, NodeState>>

/** One node's part. */
export interface NodeState {
  /** What it believes of each member: peer id, state, epoch. */
  readonly beliefs: readonly string[]
  readonly services: readonly {
    readonly name: string
    readonly version: string
    readonly acknowledged: number
    readonly replicas: number
  }[]
  readonly held: number
  /** The shards that it is complete in, with what it keeps of them. */
  readonly shards: Readonly<Record<string, Copies>>
}

/** Asks every node that runs, one after the other. */
export async function finalStateOf(network: ScriptedNetwork, shards: readonly Shard[]): Promise<FinalState> {
  const states: Record<number, NodeState> = {}
  for (const node of network.running) states[node] = await nodeStateOf(network, node, shards)
  return states
}

async function nodeStateOf(network: ScriptedNetwork, node: number, shards: readonly Shard[]): Promise<NodeState> {
  const view = await network.view(node)
  const kept: Record<string, Copies> = {}
  for (const shard of view.shards.held > 0 ? shards : []) {
    const copies = await network.copies(node, shard)
    // What it is not responsible for any more it keeps for a while, which is nobody's business.
    if (copies.ready) kept[shardId(shard)] = copies
  }
  const services = view.services.map(({ name, epoch, seq, acknowledged, replicas }) => ({
    name,
    version: `${epoch}.${seq}`,
    acknowledged,
    replicas
  }))
  return { beliefs: beliefsOf(view), services, held: view.shards.held, shards: kept }
}
