import { type Box, halfOf, halves, type Point, type Region, regionTouches, type Side } from '../cells/index.ts'

/** Decimals after which two positions count as one. */
const decimalsMax = 12
/** Most of the requests that may be in both halves of a cut: each of them costs one more matcher that keeps it. */
const inBothShareMax = 0.5

/** What is in a cell. */
export interface Crowd {
  readonly box: Box
  readonly points: readonly Point[]
  /** Where what each request wants may be; undefined for a gang, which waits in one cell. */
  readonly regions: readonly (Region | undefined)[]
}

/**
 * Where to cut a cell that is too full: next to the median of its offers, in the dimension of their largest spread in which most requests are on
 * one side only. Undefined where there is none.
 */
export function chooseCut(crowd: Crowd): readonly [dimension: number, at: number] | undefined {
  const spreads = crowd.box.map((side, dimension) => ({ dimension, ...spreadOf(crowd.points, dimension, side) }))
  return spreads
    .sort((a, b) => b.spread - a.spread)
    .flatMap(({ dimension, at }) => (at !== undefined && partsRequests(crowd, dimension, at) ? [[dimension, at] as const] : []))[0]
}

/** How far offers are apart, and where they are parted if that is within the side. */
function spreadOf(
  points: readonly Point[],
  dimension: number,
  [from, to]: Side
): { readonly spread: number; readonly at: number | undefined } {
  const sorted = points.map((point) => point[dimension] as number).sort((a, b) => a - b)
  const at = betweenHalves(sorted)
  const isWithin = at !== undefined && at > from && at < to
  return { spread: (sorted.at(-1) ?? 0) - (sorted[0] ?? 0), at: isWithin ? at : undefined }
}

/**
 * A position between the median, or the first above the least, and what is below it. Between: what nodes compute of an offer's position may differ in
 * its last bits.
 */
function betweenHalves(sorted: readonly number[]): number | undefined {
  const [least = 0] = sorted
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0
  const above = middle > least ? middle : sorted.find((position) => position > middle)
  const below = above && sorted.findLast((position) => position < above)
  return above === undefined || below === undefined ? undefined : shortestAbove(below, above)
}

/** The number of fewest decimals between two others, or else the upper one: it is part of a cell's text. */
function shortestAbove(below: number, above: number): number {
  const middle = (below + above) / 2
  const found = Array.from({ length: decimalsMax }, (_, decimals) => Number(middle.toFixed(decimals))).find(
    (at) => at > below && at < above
  )
  return found ?? above
}

function partsRequests({ box, regions }: Crowd, dimension: number, at: number): boolean {
  const both = halves.map((half) => halfOf(box, [dimension, half, at]))
  const inBoth = regions.filter((region) => region === undefined || both.every((half) => regionTouches(region, half)))
  return inBoth.length <= inBothShareMax * regions.length
}
