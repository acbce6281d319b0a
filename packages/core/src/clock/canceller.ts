/** What work watches to learn that nobody wants it any more: a signal, or a canceller that need not have one. */
export type Cancellation = AbortSignal | Canceller

/** The callbacks of each signal that is watched; the signal itself has one listener for all of them. */
const watchers = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `callback` once when `cancellation` aborts, and never if it has aborted before; the function returned forgets it.
 * For a signal that lives long this costs a fraction of a listener of its own.
 */
export function onAbort(cancellation: Cancellation, callback: () => void): () => void {
  if (cancellation instanceof Canceller) return cancellation.watch(callback)
  const callbacks = callbacksOf(cancellation)
  // One's own function: the same callback may be given twice.
  const call = (): void => callback()
  callbacks.add(call)
  return () => void callbacks.delete(call)
}

function callbacksOf(signal: AbortSignal): Set<() => void> {
  const known = watchers.get(signal)
  if (known !== undefined) return known
  const callbacks = new Set<() => void>()
  watchers.set(signal, callbacks)
  signal.addEventListener('abort', () => callAll(callbacks), { once: true })
  return callbacks
}

function callAll(callbacks: Set<() => void>): void {
  for (const call of callbacks) call()
  callbacks.clear()
}

/** One callback; undefined once it is forgotten. */
interface Watcher {
  callback: (() => void) | undefined
}

/**
 * An AbortController whose signal is made only for those who ask for it: nearly every request ends well, and a signal that
 * nobody looks at would cost more than the rest of the request's deadline.
 */
export class Canceller {
  #watchers: Watcher[] = []
  #controller: AbortController | undefined
  #aborted = false
  #reason: unknown

  get aborted(): boolean {
    return this.#aborted
  }

  /** Why it aborted; undefined if it has not, or nobody said why. */
  get reason(): unknown {
    return this.#reason
  }

  /** Aborts with this canceller. Without a reason it has the platform's own. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Aborts, once; later calls do nothing. */
  abort(reason?: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#reason = reason
    this.#controller?.abort(reason)
    const watchers = this.#watchers
    this.#watchers = []
    for (const { callback } of watchers) callback?.()
  }

  /** What {@link onAbort} does. A list: there are two or three of them, and most cancellers live for one request. */
  watch(callback: () => void): () => void {
    const watcher: Watcher = { callback }
    this.#watchers.push(watcher)
    return () => {
      watcher.callback = undefined
      const at = this.#watchers.lastIndexOf(watcher)
      if (at >= 0) this.#watchers.splice(at, 1)
    }
  }
}
