import { assert, type PeerId, present } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import { reconcileProtocol, type Shard } from '@cloudpeer/registry/protocols'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'
import { copiesFrom, nothingHere } from './copies.ts'
import type { PlainService } from './script.ts'
import {
  type Copies,
  type Found,
  type Identities,
  type MessageCount,
  matchesMax,
  type NodeView,
  type ScriptedNetwork
} from './scripted-network.ts'

/** One way's time between two processes of one machine, in ms. */
const loopbackMs = 0.2

const messagesTotal = 'cloudpeer_transport_messages_total'

/** The protocols that nodes speak among themselves, and with those that do not know their network yet. */
const protocols = [
  ...['probe', 'probe-for', 'sync', 'network'].map((name) => `/cloudpeer/overlay/${name}/1`),
  ...['write', 'refresh', 'read', 'query', 'newest', 'reconcile', 'copy'].map((name) => `/cloudpeer/registry/${name}/1`),
  ...['submit', 'propose', 'grant', 'confirm', 'renew', 'release', 'revoke', 'offer', 'offers', 'census'].map(
    (name) => `/cloudpeer/provisioning/${name}/1`
  )
]

/** The simulated network, and what makes a real one equal to it. */
export interface SimulatedNetwork extends ScriptedNetwork {
  readonly identities: Identities
  readonly cloud: SimulatedCloud
}

/** A simulated network as it would be on one machine. It signs as real nodes do. */
export function createSimulatedNetwork(seed: number): SimulatedNetwork {
  return new Simulated(createSimulatedCloud({ seed, schema: workloadSchema, signatures: 'ed25519', latencyMs: () => loopbackMs }))
}

class Simulated implements SimulatedNetwork {
  readonly cloud: SimulatedCloud
  readonly identities: Identities

  constructor(cloud: SimulatedCloud) {
    this.cloud = cloud
    this.identities = {
      descriptor: cloud.descriptor,
      keySeed: (node) => cloud.machine(node).secret,
      peerOf: (node) => this.peerOf(node)
    }
  }

  get running(): readonly number[] {
    return this.cloud.nodes.map(({ machine }) => machine.number).sort((a, b) => a - b)
  }

  get nowMs(): number {
    return this.cloud.time.now
  }

  peerOf(node: number): PeerId {
    return this.cloud.machine(node).peer
  }

  async start(node: number, through: readonly number[]): Promise<void> {
    const { cloud } = this
    await cloud.time.settle(
      cloud.boot(
        cloud.machine(node),
        through.map((number) => cloud.machine(number))
      )
    )
  }

  async kill(node: number): Promise<void> {
    this.cloud.crash(this.#node(node))
  }

  async stop(node: number): Promise<void> {
    await this.cloud.time.settle(this.#node(node).stop('temporary'))
  }

  async leave(node: number): Promise<void> {
    await this.cloud.time.settle(this.#node(node).registry.drain())
    await this.cloud.time.settle(this.#node(node).stop('permanent'))
  }

  async register(node: number, services: readonly PlainService[]): Promise<void> {
    const { time, schema } = this.cloud
    const descriptions = services.map((service) => parseDescription(service, schema))
    await time.settle(this.#node(node).registry.register(descriptions))
  }

  async remove(node: number, name: string): Promise<void> {
    await this.cloud.time.settle(this.#node(node).registry.remove(name))
  }

  async query(node: number, expression: string): Promise<Found> {
    return this.cloud.time.settle(this.#node(node).registry.query({ expression, limit: matchesMax }))
  }

  async view(node: number): Promise<NodeView> {
    const { overlay, registry } = this.#node(node)
    return { members: overlay.members(), shards: registry.status().shards, services: registry.own() }
  }

  async copies(node: number, shard: Shard): Promise<Copies> {
    const { transport, peer } = this.#node(node)
    return copiesFrom(await this.cloud.time.settle(transport.request(peer, reconcileProtocol, { shard, ranges: [nothingHere] })))
  }

  async messages(): Promise<MessageCount> {
    const counts = protocols.map((protocol) => [protocol, this.#sent({ protocol })] as const)
    const sum = counts.reduce((total, [, count]) => total + count, 0)
    assert(sum === this.#sent({}), 'a protocol is spoken that is not counted')
    return { atMs: this.nowMs, sent: Object.fromEntries(counts) }
  }

  async pass(durationMs: number): Promise<void> {
    await this.cloud.time.advance(durationMs)
  }

  async end(): Promise<void> {
    await this.cloud.stop()
  }

  #sent(labels: Readonly<Record<string, string>>): number {
    return this.cloud.nodes.reduce((sum, { metrics }) => sum + metrics.sum(messagesTotal, { ...labels, direction: 'sent' }), 0)
  }

  #node(number: number): SimulatedNode {
    return present(this.cloud.nodeOn(this.cloud.machine(number)), `node ${number} runs`)
  }
}
