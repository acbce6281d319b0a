import { CloudError } from '@cloudpeer/core'
import { type Attributes, type AttributeValue, type Capacity, definitionOf, type Schema } from '@cloudpeer/model'
import { type Axis, createAxis } from './axis.ts'
import { partAt } from './box.ts'
import { formatCell } from './cell.ts'

/** Where an owner is: a position for each dimension. */
export type Point = readonly number[]

/** What places an owner in the space. */
export interface Placed {
  readonly attributes: Attributes
  readonly total: Capacity
}

/** The space in which offers are points and requests are regions, by the dimensions of a schema. */
export interface Space {
  readonly axes: readonly SpaceAxis[]
}

/** An axis, and what it is read from: the owner's attribute, or how much it has of something. */
export interface SpaceAxis extends Axis {
  readonly amountOf: ((total: Capacity) => number) | undefined
}

/** How much of what a pseudo-dimension stands for there is. */
const amountsOf: Readonly<Record<string, (total: Capacity) => number>> = {
  cpu: ({ cpuMilli }) => cpuMilli,
  memory: ({ memoryMib }) => memoryMib,
  disk: ({ diskMib }) => diskMib,
  gpus: ({ gpus }) => gpus.length
}

/** The space of a schema; without dimensions it is one cell. */
export function createSpace(schema: Schema): Space {
  const axes = (schema.dimensions ?? []).map((dimension) => {
    const amountOf = definitionOf(schema, dimension.attribute) === undefined ? amountsOf[dimension.attribute] : undefined
    return { ...createAxis(dimension), amountOf }
  })
  return { axes }
}

/** The space of the network's present schema, made once for as long as that stays. */
export function createSpaces(schema: () => Schema): () => Space {
  let of: Schema | undefined
  let space: Space = { axes: [] }
  return () => {
    const now = schema()
    if (now !== of) space = createSpace(now)
    of = now
    return space
  }
}

/** Where an owner is. INVALID for several values of a dimension. */
export function pointOf({ axes }: Space, { attributes, total }: Placed): Point {
  return axes.map((axis) => axis.position(axis.amountOf === undefined ? soleValue(attributes, axis.attribute) : axis.amountOf(total)))
}

/** The text of the base cell of a point. */
export function baseCellAt(point: Point): string {
  return formatCell({ places: point.map(partAt), steps: [] })
}

/** The text of the base cell of an owner, to whose matchers its offer goes. INVALID for several values of a dimension. */
export function baseCellOf(space: Space, placed: Placed): string {
  return baseCellAt(pointOf(space, placed))
}

function soleValue(attributes: Attributes, attribute: string): AttributeValue | undefined {
  const values = attributes[attribute] ?? []
  if (values.length > 1)
    throw new CloudError('INVALID', {
      field: `attributes.${attribute}`,
      problem: `has ${values.length} values, but is a dimension of the cells`
    })
  return values[0]
}
