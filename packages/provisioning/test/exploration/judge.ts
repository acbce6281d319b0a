import { compareFences, type Fence, type Lease } from '../../src/documents/lease.ts'
import type { World } from './lease-world.ts'

/** What is wrong with a world that followed another; undefined if nothing is. */
export function verdict(before: World, after: World): string | undefined {
  return overAllocation(after) ?? notDurable(after) ?? fencesThatFall(before, after)
}

/** Leases that requesters rely on now. */
function believed({ units, nowMs }: World): readonly Lease[] {
  return units.flat().flatMap((unit) => {
    const isUsable = unit.state === 'active' || unit.state === 'recalled'
    return isUsable && unit.untilMs > nowMs ? [unit.lease.document] : []
  })
}

/** What is believed and what the owner has given, each lease once, is never more than there is: one. */
function overAllocation(world: World): string | undefined {
  const name = ({ epoch, seq }: Fence): string => `${epoch}.${seq}`
  const taken = new Set([...believed(world).map(({ fence }) => name(fence)), ...world.owner.book.entries.map(({ fence }) => name(fence))])
  return taken.size > 1 ? `over-allocated: ${[...taken].join(' and ')}` : undefined
}

/** What a requester relies on is on the owner's disk, active, unless that disk was lost. */
function notDurable(world: World): string | undefined {
  const isOnDisk = (fence: Fence): boolean =>
    world.owner.disk.rows.some((row) => compareFences(row.fence, fence) === 0 && row.state !== 'held')
  const lost = believed(world).find(({ fence }) => compareFences(fence, world.erasedFor) > 0 && !isOnDisk(fence))
  return lost && `lease ${lost.fence.epoch}.${lost.fence.seq} is not on disk`
}

/** A lease that is told of for the first time has a later fence than all before it. */
function fencesThatFall(before: World, after: World): string | undefined {
  const known = new Set(before.messages.concat(before.owner.answers).flatMap((message) => ('lease' in message ? [message.lease] : [])))
  const fresh = after.messages.flatMap((message) => (message.kind === 'grant' && !known.has(message.lease) ? [message.lease.fence] : []))
  const fallen = fresh.find((fence) => compareFences(fence, before.newest) < 0 && !isHeld(after, fence))
  return fallen && `fence ${fallen.epoch}.${fallen.seq} after ${before.newest.epoch}.${before.newest.seq}`
}

/** A grant that is repeated is of a lease that is still there. */
function isHeld({ owner }: World, fence: Fence): boolean {
  return owner.book.entries.some((entry) => compareFences(entry.fence, fence) === 0)
}
