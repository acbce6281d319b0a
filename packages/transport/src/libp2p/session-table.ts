import { type CloudError, isCloudError, type PeerId } from '@cloudpeer/core'
import type { Stream } from '@libp2p/interface'
import type { OutgoingRequest } from '../exchange/exchange.ts'
import type { Lane } from '../port/protocol.ts'
import { Channel, type ChannelOwner } from './channel.ts'
import { wrongNetworkLingerMs } from './limits.ts'

/** What a session table needs of the node that it belongs to. */
export interface SessionTableOwner extends ChannelOwner {
  /** Opens a session stream to a peer, connecting first where needed. */
  openStream(peer: PeerId): Promise<Stream>
  /** Closes the connections to a peer that has no business here. */
  expel(peer: PeerId): void
}

/** One lane of a session: at most one channel that was opened here and one that the peer opened, until one of them goes. */
interface Slot {
  opened?: Channel
  accepted?: Channel
  opening?: Promise<Channel>
}

/**
 * The sessions of one node: a channel for each peer and lane, opened by the first request. Where both ends open one at
 * once, the one opened by the smaller peer id stays and the other serves what it has begun.
 */
export class SessionTable {
  readonly #owner: SessionTableOwner
  readonly #slots: Readonly<Record<Lane, Map<PeerId, Slot>>> = { control: new Map(), bulk: new Map() }
  readonly #channels = new Set<Channel>()

  constructor(owner: SessionTableOwner) {
    this.#owner = owner
  }

  /** Brings a request to its peer and the reply back, on the lane of its protocol. */
  async carry(outgoing: OutgoingRequest): Promise<Uint8Array> {
    const { peer, protocol } = outgoing
    const channel = this.#usable(peer, protocol.lane) ?? (await this.#open(peer, protocol.lane))
    return channel.request(outgoing)
  }

  /** Makes sure that a peer belongs to this network; rejects with WRONG_NETWORK, or why it did not tell. */
  async greet(peer: PeerId): Promise<void> {
    const channel = this.#usable(peer, 'control') ?? (await this.#open(peer, 'control'))
    await channel.greeted
  }

  /** Takes in a session stream that a peer opened. */
  accept(stream: Stream, peer: PeerId): void {
    const channel = this.#track(new Channel(stream, peer, this.#owner))
    channel.greeted.then(
      ({ lane }) => {
        const slot = this.#slot(peer, lane)
        slot.accepted = channel
        this.#settle(peer, slot)
        void channel.closed.then(() => {
          if (slot.accepted === channel) delete slot.accepted
          this.#tidy(peer, lane, slot)
        })
      },
      (error) => {
        if (isCloudError(error, 'WRONG_NETWORK')) this.#expelAfterReading(channel)
      }
    )
  }

  /** Ends everything: pending requests reject with `reason`. */
  stop(reason: CloudError): void {
    for (const channel of this.#channels) channel.abort(reason)
  }

  #usable(peer: PeerId, lane: Lane): Channel | undefined {
    const slot = this.#slots[lane].get(peer)
    if (slot === undefined) return undefined
    const [first, second] = this.#owner.self < peer ? [slot.opened, slot.accepted] : [slot.accepted, slot.opened]
    return first?.open ? first : second?.open ? second : undefined
  }

  #open(peer: PeerId, lane: Lane): Promise<Channel> {
    const slot = this.#slot(peer, lane)
    slot.opening ??= this.#openChannel(peer, lane, slot).finally(() => {
      delete slot.opening
      this.#tidy(peer, lane, slot)
    })
    return slot.opening
  }

  async #openChannel(peer: PeerId, lane: Lane, slot: Slot): Promise<Channel> {
    const channel = this.#track(new Channel(await this.#owner.openStream(peer), peer, this.#owner, lane))
    slot.opened = channel
    channel.greeted.then(
      () => this.#settle(peer, slot),
      (error) => {
        if (isCloudError(error, 'WRONG_NETWORK')) this.#owner.expel(peer)
      }
    )
    void channel.closed.then(() => {
      if (slot.opened === channel) delete slot.opened
      this.#tidy(peer, lane, slot)
    })
    return channel
  }

  /** Of two channels that both ends know, the one opened by the smaller peer id stays. */
  #settle(peer: PeerId, { opened, accepted }: Slot): void {
    if (!opened?.hasGreeted || !accepted?.open || !opened.open) return
    if (this.#owner.self < peer) accepted.retire()
    else opened.retire()
  }

  /** The peer must read our hello before the connection goes, or it cannot know why. */
  #expelAfterReading(channel: Channel): void {
    const timer = this.#owner.clock.schedule(wrongNetworkLingerMs, () => this.#owner.expel(channel.peer))
    void channel.closed.then(() => timer.cancel())
  }

  #track(channel: Channel): Channel {
    this.#channels.add(channel)
    void channel.closed.then(() => this.#channels.delete(channel))
    return channel
  }

  #slot(peer: PeerId, lane: Lane): Slot {
    const slot = this.#slots[lane].get(peer) ?? {}
    this.#slots[lane].set(peer, slot)
    return slot
  }

  #tidy(peer: PeerId, lane: Lane, slot: Slot): void {
    if (!slot.opened && !slot.accepted && !slot.opening) this.#slots[lane].delete(peer)
  }
}
