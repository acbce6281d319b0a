import { assert, CloudError, type Log, type PeerId, pick, type Random } from '@cloudpeer/core'
import { type Subscription, type TopicListener, type TopicMessage, topicMessageBytesMax, type Verdict } from '../port/transport.ts'
import type { End, Host } from './host.ts'
import type { Packet } from './packet.ts'
import type { Spread, TopicNews } from './topic-news.ts'
import type { World } from './world.ts'

/** Neighbours that a node passes a topic's messages on to (gossipsub's D and Dlazy). */
const meshDegree = 6

/** Until a message is offered to neighbours outside the mesh, in ms (gossipsub's heartbeat). */
const gossipMs = 1000

/**
 * Copies of one message that a mesh sends to one node, at most: more would come behind these and be dropped, as gossipsub drops nine of
 * ten, at the price of most of a run's deliveries. What a link loses for longer comes with a heartbeat.
 */
const copiesMax = 3

/** How far each message has come. All nodes pass on the same packet. */
const spreads = new WeakMap<Packet, Spread>()

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
    const { subscribers } = this.#news(topic)
    for (const host of subscribers) if (!host.alive) subscribers.delete(host)
    const spread: Spread = { publisher: this.#host.self, seenBy: new Set(), copies: new Map(), lacking: new Set(subscribers), offers: 0 }
    const packet: Packet = { kind: 'topic', id: this.#world.nextMessageId(), name: topic, message: data.slice() }
    spreads.set(packet, spread)
    const recipients = this.#subscribers(topic)
    this.#remember(spread)
    for (const end of recipients) this.#send(end, packet, spread)
    this.#gossipLater(packet, spread)
    return { recipients: recipients.length }
  }

  received(end: End, packet: Packet): void {
    const listener = this.#listeners.get(packet.name)
    const spread = spreads.get(packet) as Spread
    if (listener === undefined || spread.seenBy.has(this.#host)) return
    this.#remember(spread)
    const message: TopicMessage = { from: spread.publisher, data: packet.message as Uint8Array }
    if (this.#judge(listener, packet.name, message) !== 'accept') return
    this.#graft(packet.name)
    for (const peer of this.#host.meshes.get(packet.name) ?? []) {
      if (peer !== end.other.host.self && peer !== spread.publisher) this.#passOn(peer, packet, spread)
    }
    this.#gossipLater(packet, spread)
    this.#attempt(packet.name, () => listener.handle(message))
  }

  #passOn(peer: PeerId, packet: Packet, spread: Spread): void {
    const end = this.#host.ends.get(peer)
    if (end === undefined || spread.seenBy.has(end.other.host) || (spread.copies.get(end.other.host) ?? 0) >= copiesMax) return
    this.#send(end, packet, spread)
  }

  #send(end: End, packet: Packet, { copies }: Spread): void {
    const to = end.other.host
    if (to.awake && !this.#world.links.isSilent(this.#host.self, to.self)) copies.set(to, (copies.get(to) ?? 0) + 1)
    end.send(packet)
  }

  opened(): void {
    for (const topic of this.#host.meshes.keys()) this.#graft(topic)
  }

  closed(peer: PeerId): void {
    for (const [topic, mesh] of this.#host.meshes) if (mesh.delete(peer)) this.#graft(topic)
  }

  #join(topic: string): void {
    this.#host.meshes.set(topic, new Set())
    const { subscribers, current } = this.#news(topic)
    subscribers.add(this.#host)
    for (const spread of current) if (!spread.seenBy.has(this.#host)) spread.lacking.add(this.#host)
    this.#graft(topic)
  }

  #leave(topic: string): void {
    for (const peer of this.#host.meshes.get(topic) ?? []) this.#host.ends.get(peer)?.other.host.meshes.get(topic)?.delete(this.#host.self)
    this.#host.meshes.delete(topic)
    this.#news(topic).subscribers.delete(this.#host)
  }

  #news(topic: string): TopicNews {
    const known = this.#world.topics.get(topic)
    if (known !== undefined) return known
    const news: TopicNews = { subscribers: new Set(), current: new Set() }
    this.#world.topics.set(topic, news)
    return news
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
  #gossipLater(packet: Packet, spread: Spread): void {
    const { current } = this.#news(packet.name)
    current.add(spread)
    spread.offers++
    this.#world.clock.schedule(gossipMs, () => {
      if (--spread.offers === 0) current.delete(spread)
      this.#host.perform(() => this.#offer(packet, spread))
    })
  }

  #offer(packet: Packet, { lacking }: Spread): void {
    let offered = 0
    for (const { self, meshes } of lacking) {
      const end = this.#host.ends.get(self)
      if (end === undefined || !end.other.open || !meshes.has(packet.name)) continue
      end.send(packet)
      if (++offered === meshDegree) return
    }
  }

  #subscribers(topic: string): End[] {
    return [...this.#host.ends.values()].filter((end) => end.other.open && end.other.host.meshes.has(topic))
  }

  #remember({ seenBy, lacking }: Spread): void {
    seenBy.add(this.#host)
    lacking.delete(this.#host)
  }

  #judge(listener: TopicListener, topic: string, message: TopicMessage): Verdict {
    return this.#attempt(topic, () => listener.validate(message)) ?? 'ignore'
  }

  #attempt<T>(topic: string, work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      this.#log.error('a topic listener failed', { topic, error })
      return undefined
    }
  }
}
