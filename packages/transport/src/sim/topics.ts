import { assert, CloudError, errorMessage, type Log, type PeerId, pick, type Random } from '@cloudpeer/core'
import { type Subscription, type TopicListener, type TopicMessage, topicMessageBytesMax, type Verdict } from '../port/transport.ts'
import type { End, Host } from './host.ts'
import type { Packet } from './packet.ts'
import type { World } from './world.ts'

/** Neighbours that a node passes a topic's messages on to (gossipsub's D and Dlazy). */
const meshDegree = 6

/** Until a message is offered to neighbours outside the mesh, in ms (gossipsub's heartbeat). */
const gossipMs = 1000

/** Ids of messages remembered, so that each is handled once. */
const seenMax = 8192

/**
 * Topics after gossipsub 1.1 (Vyzovitis et al., 2020): a publisher sends to every connected subscriber, each passes a message
 * on through its mesh, and what the mesh left out follows a heartbeat later. Who subscribes to what is known at once.
 */
export class Topics {
  readonly #world: World
  readonly #host: Host
  readonly #random: Random
  readonly #log: Log
  readonly #listeners = new Map<string, TopicListener>()

  constructor(world: World, host: Host, { random, log }: { readonly random: Random; readonly log: Log }) {
    this.#world = world
    this.#host = host
    this.#random = random
    this.#log = log
  }

  subscribe(topic: string, listener: TopicListener): Subscription {
    assert(!this.#listeners.has(topic), `${topic} is subscribed to twice`)
    this.#listeners.set(topic, listener)
    if (this.#host.alive) this.#join(topic)
    return {
      close: () => {
        if (this.#listeners.get(topic) !== listener) return
        this.#listeners.delete(topic)
        this.#leave(topic)
      }
    }
  }

  /** Takes part in all topics subscribed to. */
  start(): void {
    for (const topic of this.#listeners.keys()) this.#join(topic)
  }

  publish(topic: string, data: Uint8Array): { readonly recipients: number } {
    if (data.length > topicMessageBytesMax) {
      throw new CloudError('TOO_LARGE', { field: 'message', bytes: data.length, max: topicMessageBytesMax })
    }
    const packet: Packet = { kind: 'topic', id: this.#world.nextMessageId(), name: topic, bytes: data.slice(), publisher: this.#host.self }
    const recipients = this.#subscribers(topic)
    this.#remember(packet)
    for (const end of recipients) end.send(packet)
    this.#gossipLater(packet)
    return { recipients: recipients.length }
  }

  received(end: End, packet: Packet): void {
    const listener = this.#listeners.get(packet.name)
    if (listener === undefined || this.#host.seen.has(packet.id)) return
    this.#remember(packet)
    const message: TopicMessage = { from: packet.publisher as PeerId, data: packet.bytes }
    if (this.#judge(listener, packet.name, message) !== 'accept') return
    this.#graft(packet.name)
    for (const peer of this.#host.meshes.get(packet.name) ?? []) {
      if (peer !== end.other.host.self && peer !== packet.publisher) this.#host.ends.get(peer)?.send(packet)
    }
    this.#gossipLater(packet)
    this.#attempt(packet.name, () => listener.handle(message))
  }

  opened(): void {
    for (const topic of this.#host.meshes.keys()) this.#graft(topic)
  }

  closed(peer: PeerId): void {
    for (const [topic, mesh] of this.#host.meshes) if (mesh.delete(peer)) this.#graft(topic)
  }

  #join(topic: string): void {
    this.#host.meshes.set(topic, new Set())
    this.#graft(topic)
  }

  #leave(topic: string): void {
    for (const peer of this.#host.meshes.get(topic) ?? []) this.#host.ends.get(peer)?.other.host.meshes.get(topic)?.delete(this.#host.self)
    this.#host.meshes.delete(topic)
  }

  /** Fills the mesh with subscribers taken at random, who take us into theirs. */
  #graft(topic: string): void {
    const mesh = this.#host.meshes.get(topic)
    if (mesh === undefined || mesh.size >= meshDegree) return
    const candidates = this.#subscribers(topic).filter((end) => !mesh.has(end.other.host.self))
    while (mesh.size < meshDegree && candidates.length > 0) {
      const end = pick(this.#random, candidates)
      candidates.splice(candidates.indexOf(end), 1)
      mesh.add(end.other.host.self)
      end.other.host.meshes.get(topic)?.add(this.#host.self)
    }
  }

  /** Offers a message to neighbours that have not had it when the heartbeat comes (IHAVE and IWANT, taken as one). */
  #gossipLater(packet: Packet): void {
    this.#world.clock.schedule(gossipMs, () =>
      this.#host.perform(() => {
        const without = this.#subscribers(packet.name).filter((end) => !end.other.host.seen.has(packet.id))
        for (const end of without.slice(0, meshDegree)) end.send(packet)
      })
    )
  }

  #subscribers(topic: string): End[] {
    return [...this.#host.ends.values()].filter((end) => end.other.open && end.other.host.meshes.has(topic))
  }

  #remember({ id }: Packet): void {
    const { seen } = this.#host
    seen.add(id)
    if (seen.size > seenMax) seen.delete(seen.values().next().value as number)
  }

  #judge(listener: TopicListener, topic: string, message: TopicMessage): Verdict {
    return this.#attempt(topic, () => listener.validate(message)) ?? 'ignore'
  }

  #attempt<T>(topic: string, work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      this.#log.error('a topic listener failed', { topic, problem: errorMessage(error) })
      return undefined
    }
  }
}
