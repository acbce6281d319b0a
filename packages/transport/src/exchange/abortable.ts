import { type Cancellation, onAbort } from '@cloudpeer/core'

/** The outcome of `work`, or `reason()` as soon as `cancellation` aborts; a later outcome of `work` is dropped. */
export function abortable<T>(cancellation: Cancellation, work: Promise<T>, reason: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    if (cancellation.aborted) reject(reason())
    const forget = onAbort(cancellation, () => reject(reason()))
    work.then(
      (value) => {
        forget()
        resolve(value)
      },
      (error: unknown) => {
        forget()
        reject(error)
      }
    )
  })
}
