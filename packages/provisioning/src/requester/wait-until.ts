import { CloudError } from '@cloudpeer/core'

/** Resolves when a condition holds, which is looked at again whenever `watch` calls back. CANCELLED once the signal aborts. */
export function waitUntil(holds: () => boolean, watch: (look: () => void) => () => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      forget()
      signal.removeEventListener('abort', give)
      settle()
    }
    const give = (): void => end(() => reject(new CloudError('CANCELLED', {}, { cause: signal.reason })))
    const look = (): void => {
      if (holds()) end(resolve)
    }
    const forget = watch(look)
    signal.addEventListener('abort', give, { once: true })
    if (signal.aborted) give()
    else look()
  })
}
