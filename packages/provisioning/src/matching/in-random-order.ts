import type { Random } from '@cloudpeer/core'

/**
 * Shows all items once, from a random one on by random strides that meet each, until `look` says that it has seen enough: a shuffle that costs
 * no more than what is looked at.
 */
export function inRandomOrder<T>(random: Random, items: readonly T[], look: (item: T) => boolean): void {
  const size = items.length
  if (size === 0) return
  const stride = strideFor(size, random)
  let at = random.integer(size)
  for (let count = 0; count < size; count++) {
    if (look(items[at] as T)) return
    at = (at + stride) % size
  }
}

function strideFor(size: number, random: Random): number {
  let stride = 1 + random.integer(size)
  while (greatestCommonDivisor(stride, size) !== 1) stride++
  return stride
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
