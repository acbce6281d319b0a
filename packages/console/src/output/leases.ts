import type { LeaseReport } from '@cloudpeer/api'
import { allocationText } from './amounts.ts'
import type { Paint } from './paint.ts'
import { renderPairs, renderTable } from './table.ts'
import { counted, duration, printable, shortPeerId } from './text.ts'

/** Leases, one a row: those that the node has, and those that it granted. */
export function renderLeases(leases: readonly LeaseReport[], paint: Paint): string {
  const had = leases.filter(({ side }) => side === 'requester').length
  const footer = `${counted(had, 'lease')} of this node, ${leases.length - had} granted by it`
  if (leases.length === 0) return footer
  const rows = leases.map(({ id, side, lease, leftMs }) => [
    printable(id),
    side === 'requester' ? `from ${shortPeerId(lease.owner)}` : `to ${shortPeerId(lease.requester)}`,
    lease.state,
    duration(Math.max(0, leftMs)),
    allocationText(lease.allocation)
  ])
  return `${renderTable(['lease', 'side', 'state', 'left', 'gives'], rows, paint)}\n\n${footer}`
}

/** All of one lease. */
export function renderLease({ id, side, lease, leftMs }: LeaseReport, paint: Paint): string {
  const { fence } = lease
  return renderPairs(
    [
      ['lease', printable(id)],
      ['state', `${lease.state}, ${side === 'requester' ? 'this node has it' : 'granted by this node'}`],
      ['owner', printable(lease.owner)],
      ['requester', printable(lease.requester)],
      ['request', `${printable(lease.request)}, unit ${lease.unit}`],
      ['gives', allocationText(lease.allocation)],
      ['fence', `${fence.epoch}.${fence.seq}`],
      ['left', `${duration(Math.max(0, leftMs))} of ${duration(lease.ttlMs)}, unless it is renewed`],
      ['signed', `${new Date(lease.signedAt).toISOString()} by its owner; --json has the signature`]
    ],
    paint
  )
}
