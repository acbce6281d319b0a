import type { Counter, Histogram, Labels, Metrics } from '@cloudpeer/core'

/** Counts what protocols send, receive and refuse, with label values that only our own protocols can add to. */
export class Traffic {
  readonly #messages: Counter
  readonly #bytes: Counter
  readonly #refusals: Counter
  readonly #requestMs: Histogram
  readonly #labels = new Map<string, { readonly sent: Labels; readonly received: Labels; readonly protocol: Labels }>()

  constructor(metrics: Metrics) {
    this.#messages = metrics.counter('cloudpeer_transport_messages_total', 'Requests and replies, at each end', ['protocol', 'direction'])
    this.#bytes = metrics.counter('cloudpeer_transport_bytes_total', 'Bytes of requests and replies', ['protocol', 'direction'])
    this.#refusals = metrics.counter('cloudpeer_transport_refusals_total', 'What the transport refused from peers', ['code'])
    this.#requestMs = metrics.histogram('cloudpeer_transport_request_ms', 'From request to reply, in ms', ['protocol'])
  }

  sent(protocol: string, bytes: number): void {
    this.#count(this.#labelsOf(protocol).sent, bytes)
  }

  received(protocol: string, bytes: number): void {
    this.#count(this.#labelsOf(protocol).received, bytes)
  }

  answered(protocol: string, durationMs: number): void {
    this.#requestMs.observe(durationMs, this.#labelsOf(protocol).protocol)
  }

  refused(code: string): void {
    this.#refusals.add(1, { code })
  }

  #count(labels: Labels, bytes: number): void {
    this.#messages.add(1, labels)
    this.#bytes.add(bytes, labels)
  }

  #labelsOf(protocol: string): { readonly sent: Labels; readonly received: Labels; readonly protocol: Labels } {
    let labels = this.#labels.get(protocol)
    if (labels === undefined) {
      labels = { sent: { protocol, direction: 'sent' }, received: { protocol, direction: 'received' }, protocol: { protocol } }
      this.#labels.set(protocol, labels)
    }
    return labels
  }
}
