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
  const rows = leases.map((report) => [
    printable(report.id),
    report.side === 'requester' ? `from ${shortPeerId(report.lease.owner)}` : `to ${shortPeerId(report.lease.requester)}`,
    stateText(report),
    leftText(report),
    allocationText(report.lease.allocation)
  ])
  return `${renderTable(['lease', 'side', 'state', 'left', 'gives'], rows, paint)}\n\n${footer}`
}

/** All of one lease. */
export function renderLease(report: LeaseReport, paint: Paint): string {
  const { id, side, lease } = report
  return renderPairs(
    [
      ['lease', printable(id)],
      ['state', `${stateText(report)}, ${side === 'requester' ? 'this node has it' : 'granted by this node'}`],
      ...termsOf(lease),
      [
        'left',
        report.state === 'recalled'
          ? `${leftText(report)}: it is not renewed`
          : `${leftText(report)} of ${duration(lease.ttlMs)}, unless it is renewed`
      ],
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

function stateText({ state, recalledMs }: LeaseReport): string {
  return recalledMs === undefined ? state : `${state} ${duration(recalledMs)} ago`
}

/** How long a lease surely lasts; its owner alone knows where it has not spoken since this node started again. */
function leftText({ state, leftMs }: LeaseReport): string {
  return state === 'unverified' ? 'unknown' : duration(Math.max(0, leftMs))
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
