import { type Clock, isCloudError, type Timer } from '@cloudpeer/core'

/** What a group commit works with. */
export interface GroupCommitParts {
  readonly clock: Clock
  /** How long changes are collected, in ms. */
  readonly delayMs: number
  /** Writes all that has changed, or throws a CloudError. */
  readonly write: () => void
}

/** A commit that is still to come. */
interface Coming {
  readonly done: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
  readonly timer: Timer
}

/** Writes the changes of one delay together (Gawlick and Kinkade, 1985): an fsync costs the same for one of them as for a hundred. */
export class GroupCommit {
  readonly #parts: GroupCommitParts
  #coming: Coming | undefined

  constructor(parts: GroupCommitParts) {
    this.#parts = parts
  }

  /** Sees to it that changes are written soon. Resolves when they are; what `write` throws. */
  soon(): Promise<void> {
    this.#coming ??= this.#begin()
    return this.#coming.done
  }

  /** Writes now what would be written soon. */
  flush(): void {
    const coming = this.#coming
    if (coming === undefined) return
    this.#coming = undefined
    coming.timer.cancel()
    try {
      this.#parts.write()
      coming.resolve()
    } catch (error) {
      if (!isCloudError(error)) throw error
      coming.reject(error)
    }
  }

  #begin(): Coming {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    // Changes that nobody waits for may fail too.
    promise.catch(() => {})
    const timer = this.#parts.clock.schedule(this.#parts.delayMs, () => this.flush())
    return { done: promise, resolve, reject, timer }
  }
}
