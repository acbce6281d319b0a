/** The outcome of `work`, or `reason()` as soon as `signal` aborts; a later outcome of `work` is dropped. */
export function abortable<T>(signal: AbortSignal, work: Promise<T>, reason: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(reason())
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    const settle = (): void => signal.removeEventListener('abort', abort)
    void work.then(resolve, reject).then(settle)
  })
}
