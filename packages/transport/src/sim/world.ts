import type { Random } from '@cloudpeer/core'
import type { Codec } from '../exchange/index.ts'
import type { Wire } from './connection-end.ts'
import type { Dial } from './dialer.ts'
import type { Host } from './host.ts'
import type { Message } from './packet.ts'
import type { TopicNews } from './topic-news.ts'

/** What all nodes of one simulated network share. */
export interface World extends Wire {
  readonly random: Random
  /** The latest start of each node, by the place it listens at. */
  readonly hosts: Map<string, Host>
  readonly dial: Dial
  /** The form in which requests and replies travel. */
  readonly codec: Codec<Message>
  /** Who follows each topic, and what is under way there. */
  readonly topics: Map<string, TopicNews>
  /** A number that no other message of a topic has. */
  nextMessageId(): number
}
