import { type WaitingReport, waitingReasons } from '@cloudpeer/api'
import type { Paint } from './paint.ts'
import { renderTable } from './table.ts'
import { grouped, printable } from './text.ts'

/** Why a request waits, in sentences, and what each of its terms does. */
export function renderWaiting(waiting: WaitingReport, paint: Paint): string {
  const { terms, asked, answered } = waiting
  const rows = terms.map(({ term, owners, fitWithout }) => [printable(term), grouped(owners), grouped(fitWithout)])
  const table = renderTable(['term', 'nodes that satisfy it', 'would fit now without it'], rows, paint)
  return [
    paint.heading('why it waits'),
    ...waitingReasons(waiting).map((reason) => `  ${printable(reason)}`),
    ...(terms.length > 0 ? ['', table.replaceAll(/^/gm, '  ')] : []),
    ...(answered < asked ? ['', paint.warning(`INCOMPLETE: ${answered} of ${asked} matchers answered; these counts may be too low`)] : [])
  ].join('\n')
}
