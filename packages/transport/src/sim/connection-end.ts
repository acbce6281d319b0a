import type { Clock, Timer } from '@cloudpeer/core'
import type { Effects } from './effects.ts'
import type { End, Host } from './host.ts'
import type { Links } from './links.ts'
import { closePacket, type Packet } from './packet.ts'
import type { Trace } from './trace.ts'

/** How long a connection outlives silence on its link, in ms: a connection monitor pings about once a minute. */
const silenceMsMax = 60_000

/** Most packets that wait to get through a blocked or clogged link; a connection that needs more is given up. */
const stuckPacketsMax = 4096

/** Delay of the first packet after a blocked link works again, in ms: TCP finds out by its next retransmission. */
const recoveryMs = 200

/** What connections are made of. */
export interface Wire {
  readonly clock: Clock
  readonly links: Links
  readonly trace: Trace
  readonly effects: Effects
}

/** One node's end of a connection. Packets arrive in the order in which they were sent, as over TCP, unless a fault reorders them. */
export class ConnectionEnd implements End {
  readonly host: Host
  readonly #wire: Wire
  readonly #inFlight: Packet[] = []
  #stuck: Packet[] = []
  #other: ConnectionEnd | undefined
  #open = true
  #arrivesAt = 0
  /** How many packets of those that keep their order have arrived at the other end. */
  #followed = 0
  #silence: Timer | undefined

  constructor(wire: Wire, host: Host) {
    this.#wire = wire
    this.host = host
  }

  get open(): boolean {
    return this.#open
  }

  get other(): ConnectionEnd {
    return this.#other as ConnectionEnd
  }

  send(packet: Packet): void {
    if (this.host.free) this.#send(packet)
    else this.host.perform(() => this.#send(packet))
  }

  close(): void {
    if (!this.#open) return
    this.drop()
    this.#push(closePacket)
  }

  drop(): void {
    if (!this.#open) return
    this.#open = false
    this.#silence?.cancel()
    this.#stuck = []
    if (this.host.ends.get(this.other.host.self) === this) this.host.ends.delete(this.other.host.self)
    this.host.events?.closed(this)
  }

  recover(): void {
    this.#silence?.cancel()
    this.#silence = undefined
    if (!this.#isBlocked()) for (const packet of this.#stuck.splice(0)) this.#transmit(packet, recoveryMs)
    else if (this.#open && this.#stuck.length > 0) this.#watchSilence()
  }

  /** Joins two fresh ends to a connection. */
  static join(a: ConnectionEnd, b: ConnectionEnd): void {
    a.#other = b
    b.#other = a
  }

  #send(packet: Packet): void {
    if (!this.#open) return
    this.#watchSilence()
    this.#push(packet)
  }

  #push(packet: Packet): void {
    const blocked = this.#isBlocked()
    if (blocked) this.#wire.effects.add('block')
    const waiting = blocked ? this.#stuck : this.#inFlight
    if (packet.kind !== 'close' && waiting.length >= stuckPacketsMax && this.#isSilent()) this.close()
    else if (blocked) this.#stuck.push(packet)
    else this.#transmit(packet, 0)
  }

  #isBlocked(): boolean {
    return this.#wire.links.isBlocked(this.host.self, this.other.host.self)
  }

  #isSilent(): boolean {
    return this.#wire.links.isSilent(this.host.self, this.other.host.self)
  }

  /** Neither data that cannot go out nor data whose acknowledgement cannot come back is sent again for ever. */
  #watchSilence(): void {
    if (this.#silence !== undefined || !(this.#isSilent() || this.other.#isSilent())) return
    this.#silence = this.#wire.clock.schedule(silenceMsMax, () => this.host.perform(() => this.close()))
  }

  #transmit(packet: Packet, extraMs: number): void {
    const { clock, links } = this.#wire
    const { host, other } = this
    const now = clock.now()
    const delayMs = extraMs + links.delayMs(host.self, other.host.self, this.#inFlight.length)
    const strayMs = isIndependent(packet) ? links.strayMs(host.self, other.host.self) : undefined
    if (strayMs === undefined) this.#follow(packet, now, delayMs)
    else this.#stray(packet, delayMs + strayMs)
    const copyAfterMs = packet.kind === 'request' || packet.kind === 'topic' ? links.copyAfterMs(host.self, other.host.self) : undefined
    if (copyAfterMs !== undefined) this.#repeat(packet, delayMs + copyAfterMs)
  }

  /** Brings a packet to the other end after everything sent before it. */
  #follow(packet: Packet, now: number, delayMs: number): void {
    this.#arrivesAt = Math.max(this.#arrivesAt, now + delayMs)
    this.#inFlight.push(packet)
    this.#wire.clock.schedule(this.#arrivesAt - now, () => {
      const { links } = this.#wire
      if (links.isHeld(this.host.self, this.other.host.self)) links.pass(this.host.self, this.other.host.self, () => this.#deliverNext())
      else this.#deliverNext()
    })
  }

  #deliverNext(): void {
    this.#followed++
    this.other.#arrive(this.#inFlight.shift() as Packet)
  }

  /** Brings a packet to the other end on its own, past those before it and overtaken by those behind it. */
  #stray(packet: Packet, delayMs: number): void {
    const { clock, links, effects } = this.#wire
    const before = this.#followed + this.#inFlight.length
    clock.schedule(delayMs, () =>
      links.pass(this.host.self, this.other.host.self, () => {
        if (this.#followed !== before) effects.add('reorder')
        this.other.#arrive(packet)
      })
    )
  }

  /** Brings a second copy: a request under a number that nobody waits for, so that its reply is for nobody. */
  #repeat(packet: Packet, delayMs: number): void {
    const { clock, links, effects } = this.#wire
    const copy = packet.kind === 'request' ? { ...packet, id: -packet.id } : packet
    clock.schedule(delayMs, () =>
      links.pass(this.host.self, this.other.host.self, () => {
        if (this.other.#open) effects.add('duplicate')
        this.other.#arrive(copy)
      })
    )
  }

  #arrive(packet: Packet): void {
    if (this.host.free) this.#receive(packet)
    else this.host.perform(() => this.#receive(packet))
  }

  #receive(packet: Packet): void {
    if (!this.#open) return
    if (packet.kind === 'close') this.drop()
    else {
      this.#wire.trace.add(this.#wire.clock.now(), this.other.host.self, this.host.self, packet)
      this.host.events?.received(this, packet)
    }
  }
}

/** Whether libp2p would carry it on a stream of its own: a cancellation follows its request, the end follows all. */
function isIndependent({ kind }: Packet): boolean {
  return kind === 'request' || kind === 'reply' || kind === 'topic'
}
