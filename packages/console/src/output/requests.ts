import { type CreatedRequest, isUndecided, type RequestReport, type WaitingReport } from '@cloudpeer/api'
import { amountsText } from './amounts.ts'
import { cellWidthMax } from './matches.ts'
import type { Paint } from './paint.ts'
import { renderPairs, renderTable } from './table.ts'
import { counted, duration, printable, shortened } from './text.ts'
import { renderWaiting } from './waiting.ts'

/** Requests, one a row. */
export function renderRequests(requests: readonly RequestReport[], paint: Paint): string {
  const footer = `${counted(requests.length, 'request')} of this node`
  if (requests.length === 0) return footer
  const rows = requests.map((request) => [
    printable(request.id),
    stateText(request, paint),
    unitsText(request),
    duration(request.waitedMs),
    amountsText(request.amounts),
    shortened(printable(request.relaxedTo ?? request.expression), cellWidthMax)
  ])
  return `${renderTable(['id', 'state', 'leases', 'waited', 'each', 'expression'], rows, paint)}\n\n${footer}`
}

/** All of one request, and why it waits where it does. */
export function renderRequest(request: RequestReport | CreatedRequest, waiting: WaitingReport | undefined, paint: Paint): string {
  const { relaxedTo, deadlineMs, durationMs, idempotencyKey, units } = request
  const isRepeated = 'repeated' in request && request.repeated === true
  const leases = units.flatMap(({ lease, state }) =>
    lease === undefined ? [] : [`${lease}${state === 'recalled' ? ', called back' : ''}`]
  )
  const pairs = renderPairs(
    [
      ['request', printable(request.id)],
      ['state', `${stateText(request, paint)}, waited ${duration(request.waitedMs)}`],
      ...(request.state === 'verifying' ? [['', 'this node has started again, and asks the owners whether its leases last'] as const] : []),
      ['expression', printable(request.expression)],
      ...(relaxedTo === undefined ? [] : [['relaxed to', printable(relaxedTo)] as const]),
      ['each lease', amountsText(request.amounts)],
      ['leases', `${unitsText(request)}${request.gang ? ', all or none' : ''}`],
      ...leases.map((lease) => ['', printable(lease)] as const),
      ['priority', String(request.priority)],
      ...(deadlineMs === undefined ? [] : [['may wait', duration(deadlineMs)] as const]),
      ...(durationMs === undefined ? [] : [['wanted for', duration(durationMs)] as const]),
      ['created', `${new Date(request.createdAt).toISOString()}${isRepeated ? ', when it was sent first' : ''}`],
      ...(idempotencyKey === undefined ? [] : [['key', printable(idempotencyKey)] as const]),
      ...(request.cells.length === 0 ? [] : [['waits in', cellsText(request)] as const])
    ],
    paint
  )
  return waiting === undefined ? pairs : `${pairs}\n\n${renderWaiting(waiting, paint)}`
}

function unitsText({ units, count }: RequestReport): string {
  return `${units.filter(({ state }) => state === 'active').length} of ${count}`
}

function stateText(request: RequestReport, paint: Paint): string {
  if (request.state === 'granted') return paint.good('granted')
  if (isUndecided(request)) return paint.warning(printable(request.state))
  return paint.quiet(printable(request.state))
}

/** The cells of a request that waits, and how many matchers know of it. */
function cellsText({ cells, acknowledged, refused }: RequestReport): string {
  const known = refused === undefined ? `known to ${counted(acknowledged, 'matcher')}` : `refused for now: ${printable(refused)}`
  return `${cells.length === 1 ? 'cell' : 'cells'} ${cells.map(printable).join(' ')}, ${known}`
}
