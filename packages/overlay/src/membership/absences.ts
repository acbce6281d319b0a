import type { PeerId } from '@cloudpeer/core'
import type { Rumour } from './announcement.ts'

/** The most members whose absence is remembered; the oldest are forgotten first. */
const absencesMax = 1_024
/** With how many messages a member is told of its absence. */
const tellingsMax = 4

/**
 * Members that were AWAY without a word and came back in the same start. One that answered a suspicion too late for some does not know that they went
 * on without it, as one that stood still or was cut off may not: they tell it, and it can make up for what it missed.
 */
export class Absences {
  readonly #others = new Map<PeerId, { readonly rumour: Rumour; tellings: number }>()
  #own = { epoch: 0, incarnation: -1 }

  /** A member is back of which this was believed. */
  note(rumour: Rumour): void {
    const peer = rumour.peer as PeerId
    this.#others.delete(peer)
    this.#others.set(peer, { rumour, tellings: 0 })
    if (this.#others.size > absencesMax) this.#others.delete(this.#others.keys().next().value as PeerId)
  }

  /** What a member is to be told of its absence with this message. */
  take(peer: PeerId): Rumour[] {
    const absence = this.#others.get(peer)
    if (absence === undefined) return []
    if (++absence.tellings === tellingsMax) this.#others.delete(peer)
    return [absence.rumour]
  }

  /** Whether a rumour about this node tells of an absence that it has not heard of, in what it has said in this epoch. */
  hear({ state, epoch, incarnation }: Rumour, now: { readonly epoch: number; readonly incarnation: number }): boolean {
    if (state !== 'AWAY' || epoch !== now.epoch || incarnation > now.incarnation) return false
    if (epoch === this.#own.epoch && incarnation <= this.#own.incarnation) return false
    this.#own = { epoch, incarnation }
    return true
  }
}
