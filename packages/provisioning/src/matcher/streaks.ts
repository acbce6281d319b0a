/** Counts at how many looks in a row each of some things was seen. */
export class Streaks {
  #before: ReadonlyMap<string, number> = new Map()
  #now = new Map<string, number>()

  /** Begins the next look. */
  next(): void {
    this.#before = this.#now
    this.#now = new Map()
  }

  /** At how many looks in a row it was seen, with this one. */
  see(what: string): number {
    const looks = (this.#before.get(what) ?? 0) + 1
    this.#now.set(what, looks)
    return looks
  }
}
