import { type Cut, cutAt, cutsMax, levelsMax, type Point, type SplitTree, sideAt } from '../cells/index.ts'

/** Where to cut a part that is too full: in the dimension of largest spread, at the median. Undefined where that would part nothing. */
export function chooseCut(tree: SplitTree, path: string, points: readonly Point[]): Cut | undefined {
  if (tree.cuts.length >= cutsMax || path.length >= levelsMax || cutAt(tree, path) !== undefined) return undefined
  const dimensions = points[0]?.length ?? 0
  let best: Cut | undefined
  let bestSpread = 0
  for (let dimension = 0; dimension < dimensions; dimension++) {
    const sorted = points.map((point) => point[dimension] as number).sort((a, b) => a - b)
    const spread = (sorted.at(-1) as number) - (sorted[0] as number)
    const at = median(sorted)
    const side = sideAt(tree, path, dimension, dimensions)
    if (spread <= bestSpread || at === undefined || side === undefined || at <= side[0] || at >= side[1]) continue
    best = [path, dimension, at]
    bestSpread = spread
  }
  return best
}

/** A position with some below it and some not: the median, or the next one above the least. */
function median(sorted: readonly number[]): number | undefined {
  const middle = sorted[Math.floor(sorted.length / 2)] as number
  return middle > (sorted[0] as number) ? middle : sorted.find((position) => position > middle)
}
