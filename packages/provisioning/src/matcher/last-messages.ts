import { CloudError, type PeerId } from '@cloudpeer/core'

/** Which message of a requester one is: its start, and the place among the messages of that. */
export interface MessageNumber {
  readonly epoch: number
  readonly seq: number
}

/** Requesters whose last messages are remembered; beyond, the one heard of longest ago is forgotten. */
const requestersMax = 4_096

/** The last message of each requester. One from before it was delayed, or comes twice: what it says may not be true any more. */
export class LastMessages {
  readonly #last = new Map<PeerId, MessageNumber>()

  /** Notes a message. OVERTAKEN if a later one of the same requester has come. */
  take(requester: PeerId, { epoch, seq }: MessageNumber): void {
    const last = this.#last.get(requester)
    if (last !== undefined && (last.epoch - epoch || last.seq - seq) > 0) throw new CloudError('OVERTAKEN', { requester })
    this.#last.delete(requester)
    if (this.#last.size >= requestersMax) this.#last.delete(this.#last.keys().next().value as PeerId)
    this.#last.set(requester, { epoch, seq })
  }

  /** Forgets requesters that nobody knows any more: one that comes back may not know how far it was. */
  sweep(isKnown: (requester: PeerId) => boolean): void {
    for (const requester of this.#last.keys()) if (!isKnown(requester)) this.#last.delete(requester)
  }
}
