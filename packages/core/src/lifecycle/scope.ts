import { type Clock, sleep } from '../clock/clock.ts'
import { isCloudError } from '../errors/cloud-error.ts'
import type { Log } from '../log/log.ts'
import { jittered, type Random } from '../random/random.ts'

/** The background work of one component: everything started in it ends with it. */
export interface Scope {
  /** Aborts when the scope stops. */
  readonly signal: AbortSignal
  /** Runs `task` in the background. A failure is logged under `name`; cancellation is not a failure. */
  spawn(name: string, task: (signal: AbortSignal) => Promise<void>): void
  /** Runs `task` again and again, `intervalMs` (jittered by a fifth) after the last run ended. */
  repeat(name: string, intervalMs: () => number, task: (signal: AbortSignal) => Promise<void> | void): void
  /** Aborts everything and waits until all of it has ended. */
  stop(): Promise<void>
}

/** What a scope needs of its surroundings. */
export interface ScopeComponents {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Opens a scope. After `stop` it starts nothing any more. */
export function createScope({ clock, random, log }: ScopeComponents): Scope {
  const controller = new AbortController()
  const running = new Set<Promise<void>>()

  function spawn(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    if (controller.signal.aborted) return
    const run = task(controller.signal)
      .catch((error: unknown) => {
        if (!controller.signal.aborted && !isCloudError(error, 'CANCELLED')) log.error(`${name} failed`, { error })
      })
      .finally(() => running.delete(run))
    running.add(run)
  }

  function repeat(name: string, intervalMs: () => number, task: (signal: AbortSignal) => Promise<void> | void): void {
    spawn(name, async (signal) => {
      while (!signal.aborted) {
        await sleep(clock, jittered(random, intervalMs()), signal)
        try {
          await task(signal)
        } catch (error) {
          if (!isCloudError(error)) throw error
          if (!signal.aborted) log.warn(`${name} failed`, { code: error.code, ...error.fields })
        }
      }
    })
  }

  return {
    signal: controller.signal,
    spawn,
    repeat,
    async stop() {
      controller.abort()
      await Promise.all(running)
    }
  }
}
