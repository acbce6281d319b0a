/** The most bodies remembered; the one that was met first gives way. */
const bodiesMax = 16_384
/** The longest body that is remembered, in bytes: together they hold at most 16 MiB. */
const bodyBytesMax = 1_024

/** Values by the bytes that they were read from. Nobody may change a value. */
export class ReadBodies<T extends object> {
  readonly #values = new Map<string, T>()
  /** Where the very same array comes again, as it does within one process, its bytes need not be looked at. */
  readonly #byArray = new WeakMap<Uint8Array, T>()

  get(body: Uint8Array): T | undefined {
    const known = this.#byArray.get(body)
    if (known !== undefined || body.length > bodyBytesMax) return known
    return this.#values.get(textOf(body))
  }

  put(body: Uint8Array, value: T): void {
    if (body.length > bodyBytesMax) return
    this.#byArray.set(body, value)
    if (this.#values.size >= bodiesMax) this.#values.delete(this.#values.keys().next().value as string)
    this.#values.set(textOf(body), value)
  }
}

/** A character for each byte. */
function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1')
}
