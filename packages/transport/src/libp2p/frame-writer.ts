import type { Stream } from '@libp2p/interface'

/**
 * Writes the frames of one event-loop turn to a stream in one piece: one yamux frame, one noise record and one system
 * call for all of them, which is what makes many small requests cheap.
 */
export class FrameWriter {
  readonly #stream: Stream
  #frames: Uint8Array[] = []
  #bytes = 0
  #scheduled = false

  constructor(stream: Stream) {
    this.#stream = stream
  }

  /** Bytes that wait here and in the stream for the peer to read. */
  get backlogBytes(): number {
    return this.#bytes + this.#stream.writeBufferLength
  }

  write(frame: Uint8Array): void {
    this.#frames.push(frame)
    this.#bytes += frame.length
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(() => this.flush())
  }

  /** Hands over what is waiting. The stream keeps what its window does not take, and goes on by itself. */
  flush(): void {
    this.#scheduled = false
    if (this.#frames.length === 0) return
    const batch = this.#frames.length === 1 ? (this.#frames[0] as Uint8Array) : Buffer.concat(this.#frames, this.#bytes)
    this.#frames = []
    this.#bytes = 0
    if (this.#stream.writeStatus !== 'writable') return
    try {
      this.#stream.send(batch)
    } catch {
      // The stream has aborted itself before it throws; its close event tells the session.
    }
  }
}
