import type { Amounts, Query, Term } from '@cloudpeer/model'
import type { Interval } from './axis.ts'
import { type Box, sideTouches } from './box.ts'
import type { Space, SpaceAxis } from './space.ts'

/** Of one dimension what must hold there all at once: a position in one of the intervals, for each. */
type Conditions = readonly (readonly Interval[])[]

/**
 * Where owners may be that satisfy a request: in each dimension of one of these alternatives. It may be larger than what really does, and
 * is never smaller.
 */
export type Region = readonly (readonly Conditions[])[]

/** The region of an expression and the amounts of each unit. An expression without a normal form may be satisfied anywhere. */
export function regionOf({ axes }: Space, query: Pick<Query, 'terms'>, amounts: Amounts): Region {
  const terms: readonly Pick<Term, 'constraints'>[] = query.terms ?? [{ constraints: [] }]
  return terms.map(({ constraints }) =>
    axes.map((axis) =>
      axis.amountOf === undefined
        ? constraints.filter(({ attribute }) => attribute === axis.attribute).map(({ ranges }) => axis.intervals(ranges))
        : atLeast(axis, amounts)
    )
  )
}

/** Whether some owner in a box may be in a region. */
export function regionTouches(region: Region, box: Box): boolean {
  return region.some((dimensions) =>
    dimensions.every((conditions, index) => {
      const side = box[index] ?? [0, 1]
      return conditions.every((intervals) => intervals.some((interval) => sideTouches(side, interval)))
    })
  )
}

/** An owner has in all what each unit is to have, or more. */
function atLeast(axis: SpaceAxis, { cpuMilli, memoryMib, diskMib, gpu }: Amounts): Conditions {
  const wanted: Readonly<Record<string, number>> = { cpu: cpuMilli, memory: memoryMib, disk: diskMib, gpus: gpu?.count ?? 0 }
  return [axis.intervals([{ low: wanted[axis.attribute] ?? 0, lowOpen: false, highOpen: true }])]
}
