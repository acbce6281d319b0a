import { randomFillSync } from 'node:crypto'
import type { Clock } from './clock/clock.ts'
import { type Random, randomFromWords } from './random/random.ts'

/** The machine's clock. Its timers keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return { cancel: () => clearTimeout(timer) }
  }
}

/** The machine's cryptographic random source, read in blocks. */
export function createSystemRandom(): Random {
  const block = new Uint32Array(256)
  let used = block.length
  return randomFromWords(() => {
    if (used === block.length) {
      randomFillSync(block)
      used = 0
    }
    return block[used++] as number
  })
}
