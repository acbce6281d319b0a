import type { Deadline, PeerId } from '@cloudpeer/core'
import type { RequestContext } from '../port/transport.ts'

/** What a handler knows of its request. The deadline is started for a handler that waits or looks at the signal: most answer at once. */
export class ServedRequest implements RequestContext {
  readonly from: PeerId
  readonly #start: () => Deadline
  #deadline: Deadline | undefined

  constructor(from: PeerId, start: () => Deadline) {
    this.from = from
    this.#start = start
  }

  get deadline(): Deadline {
    this.#deadline ??= this.#start()
    return this.#deadline
  }

  get signal(): AbortSignal {
    return this.deadline.signal
  }

  /** Lets go of the deadline. */
  end(): void {
    this.#deadline?.clear()
  }
}
