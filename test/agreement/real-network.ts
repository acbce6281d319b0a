import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '@cloudpeer/api'
import { encode, type PeerId, present, sleep } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'
import { type NodeProcess, startNodeProcess } from '@cloudpeer/node/dev'
import { reconcileProtocol, type Shard } from '@cloudpeer/registry/protocols'
import { requestOnce } from '@cloudpeer/transport/libp2p'
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

/** One node of `cloudpeer start`. */
interface RealNode {
  readonly process: NodeProcess
  readonly address: string
  readonly api: string
  readonly client: Client
}

const sentLine = /^cloudpeer_transport_messages_total\{(?=.*direction="sent")(?=.*protocol="([^"]+)").*\} (\d+)$/gm

/** A network of processes on this machine, with the keys and the descriptor that are given. */
export function createRealNetwork(identities: Identities): ScriptedNetwork {
  return new Real(identities)
}

class Real implements ScriptedNetwork {
  readonly #identities: Identities
  readonly #directory = mkdtempSync(join(tmpdir(), 'cloudpeer-agreement-'))
  readonly #nodes = new Map<number, RealNode>()
  readonly #processes: NodeProcess[] = []

  constructor(identities: Identities) {
    this.#identities = identities
  }

  get running(): readonly number[] {
    return [...this.#nodes.keys()].sort((a, b) => a - b)
  }

  get nowMs(): number {
    return systemClock.now()
  }

  peerOf(node: number): PeerId {
    return this.#identities.peerOf(node)
  }

  async start(node: number, through: readonly number[]): Promise<void> {
    const directory = this.#furnish(node)
    const join = through.flatMap((number) => ['--join', this.#node(number).address])
    const args = ['--listen', '/ip4/127.0.0.1/tcp/0', '--api', '127.0.0.1:0', '--capacity', 'none', '--json', ...join]
    const process = startNodeProcess({ index: node, args, directory }, systemClock)
    this.#processes.push(process)
    const { addresses, api } = await process.ready
    const address = present(addresses[0], 'a node that is up listens')
    this.#nodes.set(node, { process, address, api, client: createClient({ baseUrl: api, clock: systemClock }) })
  }

  async kill(node: number): Promise<void> {
    await this.#take(node).process.kill()
  }

  async stop(node: number): Promise<void> {
    await this.#take(node).process.stop()
  }

  async leave(node: number): Promise<void> {
    const { client, process } = this.#take(node)
    await client.leave()
    await process.ended
  }

  async register(node: number, services: readonly PlainService[]): Promise<void> {
    await this.#node(node).client.registerServices({ services: [...services] })
  }

  async remove(node: number, name: string): Promise<void> {
    await this.#node(node).client.removeService({ name })
  }

  async query(node: number, expression: string): Promise<Found> {
    return this.#node(node).client.query({ expression, limit: matchesMax })
  }

  async view(node: number): Promise<NodeView> {
    const { client } = this.#node(node)
    const [{ members }, { shards }, { services }] = await Promise.all([client.members(), client.status(), client.ownServices()])
    return { members: members.map(({ peerId, state, epoch }) => ({ peer: peerId, state, epoch })), shards, services }
  }

  async copies(node: number, shard: Shard): Promise<Copies> {
    const request = { shard, ranges: [nothingHere] }
    const { reply } = await requestOnce(this.#node(node).address, reconcileProtocol, request, { clock: systemClock })
    return copiesFrom(reply)
  }

  async messages(): Promise<MessageCount> {
    const sent: Record<string, number> = {}
    const texts = await Promise.all([...this.#nodes.values()].map(async ({ api }) => (await fetch(`${api}/metrics`)).text()))
    for (const text of texts) {
      for (const [, protocol, count] of text.matchAll(sentLine)) sent[String(protocol)] = (sent[String(protocol)] ?? 0) + Number(count)
    }
    return { atMs: this.nowMs, sent }
  }

  async pass(durationMs: number): Promise<void> {
    await sleep(systemClock, durationMs)
  }

  async end(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()))
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** Makes the data directory of a node that has none: its key, and for the first one the network, which the others ask for. */
  #furnish(node: number): string {
    const directory = join(this.#directory, `node-${node}`)
    const fresh = mkdirSync(directory, { recursive: true }) !== undefined
    if (fresh) writeFileSync(join(directory, 'identity.key'), this.#identities.keySeed(node))
    // Without it a key counts as one that was used before.
    if (fresh) writeFileSync(join(directory, 'epoch'), '0\n')
    if (fresh && this.#nodes.size === 0) writeFileSync(join(directory, 'network.cbor'), encode(this.#identities.descriptor))
    return directory
  }

  #node(number: number): RealNode {
    return present(this.#nodes.get(number), `node ${number} runs`)
  }

  #take(number: number): RealNode {
    const node = this.#node(number)
    this.#nodes.delete(number)
    return node
  }
}
