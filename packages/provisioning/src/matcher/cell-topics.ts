import { type Clock, isCloudError, type PeerId } from '@cloudpeer/core'
import type { Subscription, TopicMessage, Transport, Verdict } from '@cloudpeer/transport'
import { type CellMessage, cellTopic, decodeCellMessage } from '../protocols/topic.ts'

/** What becomes of the messages of a base cell's topic. */
export interface CellListener {
  /** Whether a message may travel on. Throws what is wrong with it. */
  check(message: CellMessage, from: PeerId, cell: string): void
  take(message: CellMessage, from: PeerId, cell: string): void
}

/** The topics of the base cells that this node follows. */
export interface CellTopics {
  /** Follows these base cells and no others. Returns those that it did not follow before. */
  follow(cells: ReadonlySet<string>): readonly string[]
  /** For how long all of these cells have been followed, in ms; 0 if one is not. */
  keptMs(cells: readonly string[]): number
  readonly size: number
}

/** Faults for which a message is held against whoever passed it on: nobody honest would have. */
const forgeries = ['MALFORMED', 'INVALID', 'DOCUMENT_FORGED']

/** A message is looked at twice: judged before it travels on, and handled; and by many nodes where they live in one process. */
const decoded = new WeakMap<Uint8Array, CellMessage>()

function messageOf({ data }: TopicMessage): CellMessage {
  const message = decoded.get(data) ?? decodeCellMessage(data)
  decoded.set(data, message)
  return message
}

/** Follows nothing at first. */
export function createCellTopics({ clock, transport }: { clock: Clock; transport: Transport }, listener: CellListener): CellTopics {
  const followed = new Map<string, { readonly subscription: Subscription; readonly sinceMs: number }>()

  function validate(cell: string, message: TopicMessage): Verdict {
    try {
      listener.check(messageOf(message), message.from, cell)
      return 'accept'
    } catch (error) {
      if (!isCloudError(error)) throw error
      return forgeries.includes(error.code) ? 'reject' : 'ignore'
    }
  }

  return {
    get size() {
      return followed.size
    },
    keptMs(cells) {
      const now = clock.now()
      return Math.floor(Math.min(...cells.map((cell) => now - (followed.get(cell)?.sinceMs ?? now))))
    },
    follow(cells) {
      for (const [cell, { subscription }] of followed) {
        if (cells.has(cell)) continue
        subscription.close()
        followed.delete(cell)
      }
      const added = [...cells].filter((cell) => !followed.has(cell))
      for (const cell of added) {
        const subscription = transport.subscribe(cellTopic(cell), {
          validate: (message) => validate(cell, message),
          handle: (message) => listener.take(messageOf(message), message.from, cell)
        })
        followed.set(cell, { subscription, sinceMs: clock.now() })
      }
      return added
    }
  }
}
