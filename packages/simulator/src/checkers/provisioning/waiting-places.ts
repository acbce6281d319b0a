import type { Capacity, Dimension } from '@cloudpeer/model'
import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { MachineCapacity } from '../../workload/capacities.ts'
import type { Checker } from '../checker.ts'
import { firstFit } from './amounts.ts'

/** Parts of a dimension in the grid. */
const gridParts = 3

/** An owner that grants, and where it is in the space of capacity. */
interface Placed {
  readonly node: SimulatedNode
  readonly attributes: MachineCapacity['attributes']
  readonly total: Capacity
  readonly point: readonly number[]
}

/**
 * Whatever is known of splits, a request waits in a cell of each owner that can satisfy it. Those that were relaxed are let off: they move
 * only once that is written down.
 */
export const requestsWaitWhereOwnersAre: Checker = {
  name: 'anytime_requests_wait_where_owners_are',
  watch({ cloud, tenant }) {
    const { dimensions = [] } = cloud.schema
    return () => {
      const owners = cloud.nodes.flatMap((node) => placed(node, dimensions))
      return cloud.nodes.flatMap(({ peer, provisioning }) =>
        provisioning.requests().flatMap(({ id, cells, amounts, expression, relaxedTo }) => {
          const matches = tenant.meaningOf(expression)
          if (matches === undefined || relaxedTo !== undefined || cells.length === 0) return []
          const able = owners.filter(({ attributes, total }) => matches(attributes) && firstFit(total, amounts) !== undefined)
          const missed = able.filter(({ point }) => !cells.some((cell) => holds(cell, point)))
          return missed.map(({ node }) => `request ${id} of ${peer} waits in ${cells.join(' ')}, and so not where ${node.peer} is`)
        })
      )
    }
  }
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
function holds(cell: string, point: readonly number[]): boolean {
  const [grid = '', ...steps] = cell.split('/')
  const isInGrid = point.every((at, dimension) => {
    const part = grid.split('.')[dimension]
    return part === '*' || Number(part) === Math.min(gridParts - 1, Math.floor(at * gridParts))
  })
  return isInGrid && steps.every((step) => isOnSide(step, point))
}

function isOnSide(step: string, point: readonly number[]): boolean {
  const at = point[Number(step[0])] ?? 0
  const cut = Number(step.slice(2))
  return step[1] === '<' ? at < cut : at >= cut
}
