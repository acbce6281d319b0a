import type { CheckedLease, LeaseReport } from '@cloudpeer/api'
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
  return renderPairs(
    [
      ['lease', printable(id)],
      ['state', `${lease.state}, ${side === 'requester' ? 'this node has it' : 'granted by this node'}`],
      ...termsOf(lease),
      ['left', `${duration(Math.max(0, leftMs))} of ${duration(lease.ttlMs)}, unless it is renewed`],
      ['signed', `${signedText(lease)}; --json has the signature`]
    ],
    paint
  )
}

/** A lease that its owner did sign. */
export function renderCheckedLease({ id, lease }: CheckedLease, paint: Paint): string {
  return renderPairs(
    [
      ['lease', printable(id)],
      ['state', `${lease.state} when it was signed`],
      ['network', printable(lease.network)],
      ...termsOf(lease),
      ['ttl', `${duration(lease.ttlMs)}, unless it was renewed`],
      ['signed', `${signedText(lease)}; the signature is right`]
    ],
    paint
  )
}

function termsOf({ owner, requester, request, unit, allocation, fence }: LeaseReport['lease']): [string, string][] {
  return [
    ['owner', printable(owner)],
    ['requester', printable(requester)],
    ['request', `${printable(request)}, unit ${unit}`],
    ['gives', allocationText(allocation)],
    ['fence', `${fence.epoch}.${fence.seq}`]
  ]
}

function signedText({ signedAt }: LeaseReport['lease']): string {
  return `${new Date(signedAt).toISOString()} by its owner`
}
