import type { Allocation, Capacity } from '@cloudpeer/model'
import type { RequestStatus } from '@cloudpeer/provisioning'
import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { MachineCapacity } from '../../workload/capacities.ts'
import type { Tenant } from '../../workload/tenant.ts'
import type { Checker } from '../checker.ts'
import { firstFit, remainder, sumOf } from './amounts.ts'
import { createLasting } from './lasting.ts'
import { ledgerRows } from './ledger-on-disk.ts'

/** What an owner that grants has left. */
interface Room {
  readonly attributes: MachineCapacity['attributes']
  readonly free: Capacity
}

/** L2: while nothing at all is granted no request waits for what is there. Where leases come and go, something is always free for a moment. */
export const fittingRequestsAreGranted: Checker = {
  name: 'eventually_requests_that_fit_are_granted',
  watch({ cloud, tenant, grants }) {
    const lasting = createLasting()
    let grantsBefore = 0
    return () => {
      const isStill = grants.count === grantsBefore
      grantsBefore = grants.count
      const rooms = cloud.nodes.flatMap(roomAt)
      const waiting = cloud.nodes.flatMap((node) =>
        node.provisioning
          .requests()
          .filter(isWaiting)
          .map((request) => ({ node, request }))
      )
      const fitting = waiting.filter(({ request }) => fits(request, rooms, tenant))
      const findings = lasting(
        new Map(
          fitting.map(({ node, request }) => [
            request.id,
            `request ${request.id} of ${node.peer} waits (${request.state}) for ${unitsWanted(request)} of ${JSON.stringify(request.amounts)} where ${request.expression}, which is free`
          ])
        )
      )
      return isStill ? findings : []
    }
  }
}

function isWaiting({ state }: RequestStatus): boolean {
  return state === 'waiting' || state === 'scale-out-asked' || state === 'relaxed'
}

function roomAt({ machine, provisioning }: SimulatedNode): readonly Room[] {
  const { state, total } = provisioning.capacity()
  if (state !== 'open' || machine.capacity === undefined) return []
  const { attributes } = machine.capacity
  return [{ attributes, free: remainder(total, sumOf(ledgerRows(machine).map(({ allocation }) => allocation))) }]
}

function unitsWanted({ units }: RequestStatus): number {
  return units.filter(({ state }) => state === 'wanted' || state === 'recalled').length
}

/** Whether some unit that is wanted fits somewhere, of a gang all of them together by first fit, whichever GPUs each takes. */
function fits(request: RequestStatus, rooms: readonly Room[], tenant: Tenant): boolean {
  return [inTheirOrder, fullestFirst].every((order) => fitsBy(order, request, rooms, tenant))
}

function inTheirOrder(free: Capacity): Capacity {
  return free
}

/** As owners take shares of GPUs, so that whole ones stay whole; it may leave less for the next of a gang than another choice. */
function fullestFirst(free: Capacity): Capacity {
  return { ...free, gpus: [...free.gpus].sort((a, b) => a.milli - b.milli) }
}

function fitsBy(order: (free: Capacity) => Capacity, request: RequestStatus, rooms: readonly Room[], tenant: Tenant): boolean {
  const matches = tenant.meaningOf(request.relaxedTo ?? request.expression)
  const wanted = unitsWanted(request)
  if (matches === undefined || wanted === 0) return false
  let left = rooms.filter(({ attributes }) => matches(attributes)).map(({ free }) => free)
  for (let unit = 0; unit < (request.gang ? wanted : 1); unit++) {
    left = left.map(order)
    const taken = left.map((free) => firstFit(free, request.amounts))
    const place = taken.findIndex((allocation) => allocation !== undefined)
    if (place < 0) return false
    left[place] = remainder(left[place] as Capacity, sumOf([taken[place] as Allocation]))
  }
  return true
}
