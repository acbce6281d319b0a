import TinyQueue from 'tinyqueue'
import { assert } from '../assert.ts'
import type { Clock, Timer } from './clock.ts'

/** A callback and when it runs; forgotten once it is cancelled. */
class Event implements Timer {
  readonly at: number
  readonly sequence: number
  run: (() => void) | undefined

  constructor(at: number, sequence: number, run: () => void) {
    this.at = at
    this.sequence = sequence
    this.run = run
  }

  cancel(): void {
    this.run = undefined
  }
}

/** Somebody who waits for virtual time to pass. */
interface Run {
  /** The moment after which nothing runs for it. */
  readonly limitMs: number
  /** Whether it has what it waits for. */
  readonly done: () => boolean
  /** Ends it; false if the limit came first. */
  readonly resolve: (done: boolean) => void
  readonly reject: (error: unknown) => void
}

/** Most events of one moment; beyond, time counts as standing still: something waits for it to pass, and does not let it. */
const eventsOfMomentMax = 500_000

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
  const runs = new Set<Run>()
  let upcoming: Event | undefined
  let now = 0
  let sequence = 0
  let events = 0
  /** Events run before this moment. */
  let eventsBefore = 0

  const clock: Clock = {
    now: () => now,
    wallTime: () => wallTimeMs + now,
    schedule(delayMs, callback): Timer {
      // A constant text: to write the number out for each timer costs more than to set it.
      assert(delayMs >= 0, 'a timer for the past')
      const event = new Event(now + delayMs, sequence++, callback)
      queue.push(event)
      return event
    }
  }

  /** Runs events until `done`, or until the next one is later than `limitMs`. Runs that overlap share their events. */
  function run(limitMs: number, done: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      runs.add({ limitMs, done, resolve, reject })
      if (runs.size === 1) whenDrained(proceed)
    })
  }

  /** One event, once all promise chains of the one before have ended. */
  function proceed(): void {
    const next = nextEvent()
    if (endRuns(next?.at ?? Number.POSITIVE_INFINITY)) {
      if (runs.size > 0) whenDrained(proceed)
      return
    }
    upcoming = next
    void settled.then(step)
  }

  /** The next event, and then the one after it: a tick is only taken up when no microtask is left. */
  function step(): void {
    happen(upcoming as Event)
    if (runs.size > 0) process.nextTick(proceed)
  }

  function nextEvent(): Event | undefined {
    while (queue.length > 0 && (queue.peek() as Event).run === undefined) queue.pop()
    return queue.peek()
  }

  /** Ends those that have what they wait for or wait for nothing before `nextMs`; their chains go on before the next event. */
  function endRuns(nextMs: number): boolean {
    let ended = false
    for (const ending of runs) {
      const done = ending.done()
      if (!done && nextMs <= ending.limitMs) continue
      runs.delete(ending)
      ending.resolve(done)
      ended = true
    }
    return ended
  }

  function happen(event: Event): void {
    queue.pop()
    if (event.at > now) eventsBefore = events
    now = event.at
    events++
    try {
      assert(events - eventsBefore <= eventsOfMomentMax, 'time stands still')
      event.run?.()
    } catch (error) {
      for (const failing of runs) failing.reject(error)
      runs.clear()
    }
  }

  async function runUntil(untilMs: number): Promise<void> {
    await run(untilMs, () => false)
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
      assert(await run(now + limitMs, () => settled), `the promise did not settle within ${limitMs} ms of virtual time`)
      return promise
    }
  }
}

/** Its callbacks are microtasks, for a fraction of what `queueMicrotask` costs. */
const settled = Promise.resolve()

/** Calls back when no promise chain, of any depth, has anything left to do: ticks are only taken up when no microtask is left. */
function whenDrained(callback: () => void): void {
  queueMicrotask(() => process.nextTick(callback))
}
