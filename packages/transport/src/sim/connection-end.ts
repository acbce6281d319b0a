import type { Clock, Timer } from '@cloudpeer/core'
import type { End, Host } from './host.ts'
import type { Links } from './links.ts'
import { closePacket, type Packet } from './packet.ts'
import type { Trace } from './trace.ts'

/** How long a connection outlives silence on its link, in ms: a connection monitor pings about once a minute. */
const silenceMsMax = 60_000

/** Most packets that wait in a blocked link's send buffer; a connection that needs more is given up. */
const stuckPacketsMax = 4096

/** Delay of the first packet after a blocked link works again, in ms: TCP finds out by its next retransmission. */
const recoveryMs = 200

/** What connections are made of. */
export interface Wire {
  readonly clock: Clock
  readonly links: Links
  readonly trace: Trace
}

/** One node's end of a connection. Packets arrive in the order in which they were sent, as over TCP. */
export class ConnectionEnd implements End {
  readonly host: Host
  readonly #wire: Wire
  readonly #inFlight: Packet[] = []
  #stuck: Packet[] = []
  #other: ConnectionEnd | undefined
  #open = true
  #arrivesAt = 0
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
    this.host.perform(() => {
      if (!this.#open) return
      this.#watchSilence()
      this.#push(packet)
    })
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

  #push(packet: Packet): void {
    if (!this.#isBlocked()) this.#transmit(packet, 0)
    else if (this.#stuck.length < stuckPacketsMax) this.#stuck.push(packet)
    else this.close()
  }

  #isBlocked(): boolean {
    return this.#wire.links.isBlocked(this.host.self, this.other.host.self)
  }

  /** Neither data that cannot go out nor data whose acknowledgement cannot come back is sent again for ever. */
  #watchSilence(): void {
    if (this.#silence !== undefined || !(this.#isBlocked() || this.other.#isBlocked())) return
    this.#silence = this.#wire.clock.schedule(silenceMsMax, () => this.host.perform(() => this.close()))
  }

  #transmit(packet: Packet, extraMs: number): void {
    const { clock, links } = this.#wire
    const now = clock.now()
    const delayMs = extraMs + links.delayMs(this.host.self, this.other.host.self)
    this.#arrivesAt = Math.max(this.#arrivesAt, now + delayMs)
    this.#inFlight.push(packet)
    clock.schedule(this.#arrivesAt - now, () => this.other.#arrive(this.#inFlight.shift() as Packet))
  }

  #arrive(packet: Packet): void {
    this.host.perform(() => {
      if (!this.#open) return
      if (packet.kind === 'close') return this.drop()
      this.#wire.trace.add(this.#wire.clock.now(), this.other.host.self, this.host.self, packet.name, packet.bytes)
      this.host.events?.received(this, packet)
    })
  }
}
