/** Bytes of SHA-256. */
export const digestBytes = 32

/**
 * One digest for all rows, by the digest of each: the XOR of them, whatever their order, so that who changes one need not read the others
 * (Clarke et al., *Incremental multiset hash functions and their application to memory integrity checking*, 2003). No two rows are equal, since
 * each has its key in it. It needs no secret: nobody chooses which writes a disk drops, so that those it drops go unseen once in 2^256. Whoever
 * can write to the disk can write this digest too.
 */
export class RowsDigest {
  readonly #rows = new Map<string | number, Uint8Array>()
  readonly #all = new Uint8Array(digestBytes)

  /** The digest of all; it changes with them. */
  get bytes(): Uint8Array {
    return this.#all
  }

  /** A row of this digest is there under a key, in the place of what was there. */
  put(key: string | number, digest: Uint8Array): void {
    this.remove(key)
    this.#rows.set(key, digest)
    this.#toggle(digest)
  }

  remove(key: string | number): void {
    const digest = this.#rows.get(key)
    if (digest !== undefined) this.#toggle(digest)
    this.#rows.delete(key)
  }

  clear(): void {
    this.#rows.clear()
    this.#all.fill(0)
  }

  #toggle(digest: Uint8Array): void {
    for (let place = 0; place < digestBytes; place++) this.#all[place] = (this.#all[place] as number) ^ (digest[place] as number)
  }
}
