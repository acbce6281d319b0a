import TinyQueue from 'tinyqueue'
import { assert } from '../assert.ts'
import type { Clock, Timer } from './clock.ts'

interface Event {
  readonly at: number
  readonly sequence: number
  run: (() => void) | undefined
}

/** Time that passes only when told to. Events run in order of (time, sequence of scheduling), so a run repeats exactly. */
export interface VirtualTime {
  readonly clock: Clock
  /** Virtual milliseconds since the start. */
  readonly now: number
  /** Events run so far. */
  readonly events: number
  /** Runs all events up to `untilMs` (absolute) and stands there. */
  runUntil(untilMs: number): Promise<void>
  /** Runs `durationMs` of virtual time. */
  advance(durationMs: number): Promise<void>
  /** Runs events until `promise` settles, and returns its outcome. Fails once `limitMs` of virtual time have passed. */
  settle<T>(promise: Promise<T>, limitMs?: number): Promise<T>
}

/** Virtual time starts at 0 ms; the wall clock shows `wallTimeMs` at that moment. */
export function createVirtualTime(wallTimeMs = 0): VirtualTime {
  const queue = new TinyQueue<Event>([], (a, b) => a.at - b.at || a.sequence - b.sequence)
  let now = 0
  let sequence = 0
  let events = 0
  let lastTurn: Promise<unknown> = Promise.resolve()

  const clock: Clock = {
    now: () => now,
    wallTime: () => wallTimeMs + now,
    schedule(delayMs, callback): Timer {
      assert(delayMs >= 0, `a delay of ${delayMs} ms`)
      const event: Event = { at: now + delayMs, sequence: sequence++, run: callback }
      queue.push(event)
      return {
        cancel: () => {
          event.run = undefined
        }
      }
    }
  }

  /** One event, after the one under way: a run that overlaps another would otherwise overtake its promise chains. */
  function step(limit: number): Promise<boolean> {
    const run = (): Promise<boolean> => runNext(limit)
    const turn = lastTurn.then(run, run)
    lastTurn = turn
    return turn
  }

  async function runNext(limit: number): Promise<boolean> {
    const next = queue.peek()
    if (next === undefined || next.at > limit) return false
    queue.pop()
    if (next.run === undefined) return true
    now = next.at
    events++
    next.run()
    await drained()
    return true
  }

  async function runUntil(untilMs: number): Promise<void> {
    await drained()
    while (await step(untilMs));
    now = Math.max(now, untilMs)
  }

  return {
    clock,
    get now() {
      return now
    },
    get events() {
      return events
    },
    runUntil,
    advance: (durationMs) => runUntil(now + durationMs),
    async settle(promise, limitMs = 3_600_000) {
      let settled = false
      const mark = (): void => {
        settled = true
      }
      promise.then(mark, mark)
      const limit = now + limitMs
      await drained()
      while (!settled) assert(await step(limit), `the promise did not settle within ${limitMs} ms of virtual time`)
      return promise
    }
  }
}

/** Lets promise chains of any depth run: ticks are only taken up when no microtask is left. */
function drained(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
