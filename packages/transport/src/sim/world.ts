import type { Random } from '@cloudpeer/core'
import type { Wire } from './connection-end.ts'
import type { Dial } from './dialer.ts'
import type { Host } from './host.ts'

/** What all nodes of one simulated network share. */
export interface World extends Wire {
  readonly random: Random
  /** The latest start of each node, by the place it listens at. */
  readonly hosts: Map<string, Host>
  readonly dial: Dial
  /** A number that no other message of a topic has. */
  nextMessageId(): number
}
