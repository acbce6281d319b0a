import { assert } from '../assert.ts'
import { CloudError } from '../errors/cloud-error.ts'

/** Lets at most `active` tasks run at once and at most `waiting` more wait, in order of arrival. */
export class Semaphore {
  readonly #name: string
  readonly #active: number
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(name: string, active: number, waiting: number) {
    assert(active > 0 && waiting >= 0, `a semaphore of ${active} and ${waiting}`)
    this.#name = name
    this.#active = active
    this.#waitingMax = waiting
  }

  /** Runs `task` when there is room; OVERLOADED at once if too many wait already. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#active) {
      if (this.#waiting.length >= this.#waitingMax) {
        throw new CloudError('OVERLOADED', { limit: this.#name, max: this.#active + this.#waitingMax })
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#running++
    }
    try {
      return await task()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}
