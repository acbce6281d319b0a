import type { Capacity, Dimension } from '@cloudpeer/model'
import type { SimulatedCloud, SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { MachineCapacity } from '../../workload/capacities.ts'

/** Parts of a dimension in the grid. */
const gridParts = 3

/** An owner that grants, and where it is in the space of capacity: worked out without any of the code that is judged. */
export interface Placed {
  readonly node: SimulatedNode
  readonly attributes: MachineCapacity['attributes']
  readonly total: Capacity
  readonly point: readonly number[]
}

/** The owners that grant now. */
export function placedOwners({ nodes, schema: { dimensions = [] } }: Pick<SimulatedCloud, 'nodes' | 'schema'>): readonly Placed[] {
  return nodes.flatMap((node) => placed(node, dimensions))
}

function placed(node: SimulatedNode, dimensions: readonly Dimension[]): readonly Placed[] {
  const { state, total } = node.provisioning.capacity()
  const { capacity } = node.machine
  if (state !== 'open' || capacity === undefined) return []
  const { attributes } = capacity
  return [{ node, attributes, total, point: dimensions.map((dimension) => position(dimension, attributes, total)) }]
}

/** Where an owner is in one dimension, from 0 to 1. */
function position(dimension: Dimension, attributes: MachineCapacity['attributes'], total: Capacity): number {
  const amounts: Readonly<Record<string, number>> = { cpu: total.cpuMilli, gpus: total.gpus.length }
  const value = amounts[dimension.attribute] ?? attributes[dimension.attribute]
  if (value === undefined) return 0
  if ('values' in dimension) {
    const place = dimension.values.indexOf(value as string)
    return place < 0 ? 1 : (place + 0.5) / dimension.values.length
  }
  const along = dimension.scale === 'log' ? Math.log : Number
  const share = (along(Number(value)) - along(dimension.min)) / (along(dimension.max) - along(dimension.min))
  return Math.min(1, Math.max(0, share))
}

/** Whether a point is in a cell such as `0.*.1/1<0.8`. */
export function holds(cell: string, point: readonly number[]): boolean {
  const [grid = '', ...steps] = cell.split('/')
  const isInGrid = point.every((at, dimension) => {
    const part = grid.split('.')[dimension]
    return part === '*' || Number(part) === Math.min(gridParts - 1, Math.floor(at * gridParts))
  })
  return isInGrid && steps.every((step) => isOnSide(step, point))
}

/** The cells of the grid, none of them collapsed, of which a cell such as `0.*.1/1<0.8` is made or a part. */
export function baseCellsOf(cell: string): readonly string[] {
  const [grid = ''] = cell.split('/')
  if (!grid.includes('*')) return [grid]
  return Array.from({ length: gridParts }, (_, part) => grid.replace('*', String(part))).flatMap(baseCellsOf)
}

function isOnSide(step: string, point: readonly number[]): boolean {
  const at = point[Number(step[0])] ?? 0
  const cut = Number(step.slice(2))
  return step[1] === '<' ? at < cut : at >= cut
}
