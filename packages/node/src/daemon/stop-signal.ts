import type { Clock } from '@cloudpeer/core'

/** How a process is asked to end. */
export interface StopSignal extends Disposable {
  /** Aborts when the process shall end. */
  readonly signal: AbortSignal
}

/** Two signals within this time are one key press: a terminal sends to the whole group, and launchers pass on what they got. */
const samePressMs = 1000

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Aborts at the first SIGINT, SIGTERM or SIGHUP, and when the IPC channel to the parent closes, where there is one. A
 * second signal ends the process at once with status 1.
 */
export function listenForStop(clock: Clock): StopSignal {
  const controller = new AbortController()
  let firstMs: number | undefined
  const onSignal = (): void => {
    firstMs ??= clock.now()
    if (clock.now() - firstMs > samePressMs) process.exit(1)
    controller.abort()
  }
  const onDisconnect = (): void => controller.abort()
  for (const name of signals) process.on(name, onSignal)
  if (process.connected) process.on('disconnect', onDisconnect)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of signals) process.off(name, onSignal)
      process.off('disconnect', onDisconnect)
    }
  }
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
