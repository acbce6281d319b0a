import type { PeerId } from '@cloudpeer/core'
import type { Host } from './host.ts'

/** How far one message has come: what each node would remember of it by itself, kept in one place for as long as it is under way. */
export interface Spread {
  readonly publisher: PeerId
  /** Who has had it: each handles it once. */
  readonly seenBy: Set<Host>
  /** How often it was sent to each by links that let it through. */
  readonly copies: Map<Host, number>
  /** Who follows the topic and has not had it. */
  readonly lacking: Set<Host>
  /** Nodes that will still offer it at their next heartbeat. */
  offers: number
}

/** What the network knows of one topic. */
export interface TopicNews {
  readonly subscribers: Set<Host>
  /** Messages that are still offered. */
  readonly current: Set<Spread>
}
