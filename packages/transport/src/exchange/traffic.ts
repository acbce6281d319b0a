import type { Counter, Histogram, Metrics } from '@cloudpeer/core'

/** The series of one protocol at one end. */
interface Direction {
  readonly messages: Counter
  readonly bytes: Counter
}

/** The series of one protocol. */
interface ProtocolTraffic {
  readonly sent: Direction
  readonly received: Direction
  readonly requestMs: Histogram
}

/** Counts what protocols send, receive and refuse, with label values that only our own protocols can add to. */
export class Traffic {
  readonly #messages: Counter
  readonly #bytes: Counter
  readonly #refusals: Counter
  readonly #requestMs: Histogram
  readonly #protocols = new Map<string, ProtocolTraffic>()

  constructor(metrics: Metrics) {
    this.#messages = metrics.counter('cloudpeer_transport_messages_total', 'Requests and replies, at each end', ['protocol', 'direction'])
    this.#bytes = metrics.counter('cloudpeer_transport_bytes_total', 'Bytes of requests and replies', ['protocol', 'direction'])
    this.#refusals = metrics.counter('cloudpeer_transport_refusals_total', 'What the transport refused from peers', ['code'])
    this.#requestMs = metrics.histogram('cloudpeer_transport_request_ms', 'From request to reply, in ms', ['protocol'])
  }

  sent(protocol: string, bytes: number): void {
    count(this.#of(protocol).sent, bytes)
  }

  received(protocol: string, bytes: number): void {
    count(this.#of(protocol).received, bytes)
  }

  answered(protocol: string, durationMs: number): void {
    this.#of(protocol).requestMs.observe(durationMs)
  }

  refused(code: string): void {
    this.#refusals.with({ code }).add()
  }

  #of(protocol: string): ProtocolTraffic {
    let traffic = this.#protocols.get(protocol)
    if (traffic === undefined) {
      const direction = (name: string): Direction => {
        const labels = { protocol, direction: name }
        return { messages: this.#messages.with(labels), bytes: this.#bytes.with(labels) }
      }
      traffic = { sent: direction('sent'), received: direction('received'), requestMs: this.#requestMs.with({ protocol }) }
      this.#protocols.set(protocol, traffic)
    }
    return traffic
  }
}

function count({ messages, bytes }: Direction, length: number): void {
  messages.add()
  bytes.add(length)
}
