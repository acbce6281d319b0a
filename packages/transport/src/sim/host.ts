import type { PeerId } from '@cloudpeer/core'
import { peerIdBytes, sha256 } from '@cloudpeer/core/identity'
import type { EventLoop } from './event-loop.ts'
import type { Packet } from './packet.ts'

/** One machine's end of a connection to another. */
export interface End {
  readonly host: Host
  readonly open: boolean
  /** The end at the peer. */
  readonly other: End
  /** Sends a packet; nothing happens on a closed connection. */
  send(packet: Packet): void
  /** Closes this end now and the other when it learns of it. */
  close(): void
  /** Closes this end without a word to the other. */
  drop(): void
  /** Takes up that a link works again, in one way at least: what that way held back goes out. */
  recover(): void
}

/** What the code of a node is told by its machine. */
export interface HostEvents {
  opened(end: End): void
  received(end: End, packet: Packet): void
  closed(end: End): void
}

/** The machine under one start of one node: gone for good once it has stopped, and replaced by a new one on restart. */
export class Host {
  readonly self: PeerId
  readonly networkId: string
  /** `/ip4/<address>/tcp/<port>`: one node's in the whole network. */
  readonly place: string
  /** Position in the Kademlia key space: SHA-256 of the peer id's multihash. */
  readonly kadId: Uint8Array
  readonly ends = new Map<PeerId, End>()
  /** The topics subscribed to, each with its mesh of neighbours. */
  readonly meshes = new Map<string, Set<PeerId>>()
  /** Providers kept for the network, by key in hexadecimal. */
  readonly providers = new Map<string, Set<PeerId>>()
  readonly #loop: EventLoop
  #events: HostEvents | undefined

  constructor(self: PeerId, networkId: string, place: string, loop: EventLoop) {
    this.self = self
    this.networkId = networkId
    this.place = place
    this.kadId = sha256(peerIdBytes(self))
    this.#loop = loop
  }

  /** Its multiaddr. */
  get address(): string {
    return `${this.place}/p2p/${this.self}`
  }

  /** Whether the process runs; a frozen one does. */
  get alive(): boolean {
    return this.#events !== undefined
  }

  /** Whether the process does anything. */
  get awake(): boolean {
    return this.alive && this.#loop.runs
  }

  /** Whether the node's code would do something at once. */
  get free(): boolean {
    return this.alive && this.#loop.free
  }

  /** The node's code; undefined before it starts and after it has died. */
  get events(): HostEvents | undefined {
    return this.#events
  }

  start(events: HostEvents): void {
    this.#events = events
  }

  /** The process ends: its kernel closes the connections, its code hears of nothing any more. */
  end(): void {
    this.#events = undefined
    for (const end of [...this.ends.values()]) end.close()
  }

  /** Lets the node's code do something: now, when its event loop comes to it, or never if it has died. */
  perform(task: () => void): void {
    if (!this.alive) return
    if (this.#loop.free) task()
    else this.#loop.perform(() => this.alive && task())
  }
}
