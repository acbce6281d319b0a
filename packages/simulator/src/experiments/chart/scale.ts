import type { Axis } from './chart.ts'

/** Where the values of an axis lie on the picture. */
export interface Scale {
  /** Pixels from the origin's end of the axis. */
  place(value: number): number
  /** Values that deserve a tick, ascending. */
  readonly ticks: readonly number[]
}

/** About how many ticks a linear axis gets. */
const ticksWanted = 5

/** A scale of `lengthPx` for an axis and the values that it has to hold. */
export function scaleFor(axis: Axis, values: readonly number[], lengthPx: number): Scale {
  return axis.scale === 'log' ? logScale(axis, values, lengthPx) : linearScale(axis, values, lengthPx)
}

function linearScale({ from, to }: Axis, values: readonly number[], lengthPx: number): Scale {
  const low = from ?? Math.min(0, ...values)
  const step = niceStep(Math.max(...values, to ?? low) - low || 1)
  const high = to ?? low + step * Math.max(1, Math.ceil((Math.max(...values, low) - low) / step - 1e-9))
  const count = Math.floor((high - low) / step + 1e-9)
  return {
    place: (value) => ((value - low) / (high - low)) * lengthPx,
    ticks: Array.from({ length: count + 1 }, (_, index) => Number((low + index * step).toPrecision(12)))
  }
}

/** The smallest of 1, 2, 2.5 and 5 times a power of ten that needs no more ticks than wanted. */
function niceStep(span: number): number {
  const power = 10 ** Math.floor(Math.log10(span / ticksWanted))
  const step = [1, 2, 2.5, 5, 10].find((factor) => span / (factor * power) <= ticksWanted + 1e-9) ?? 10
  return step * power
}

/** Ticks at 1, 2 and 5 times the powers of ten, at 1 and 3 times on one and a half decades and more, at the powers alone on four and more. */
function logScale({ from, to }: Axis, values: readonly number[], lengthPx: number): Scale {
  const low = Math.log10(from ?? Math.min(...values))
  const high = Math.max(Math.log10(to ?? Math.max(...values)), low + 0.1)
  const factors = high - low >= 4 ? [1] : high - low >= 1.4 ? [1, 3] : [1, 2, 5]
  const powers = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, index) => Math.floor(low) + index)
  const ticks = powers.flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(3))))
  return {
    place: (value) => ((Math.log10(value) - low) / (high - low)) * lengthPx,
    ticks: ticks.filter((tick) => Math.log10(tick) >= low - 1e-9 && Math.log10(tick) <= high + 1e-9)
  }
}
