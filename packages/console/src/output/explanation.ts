import type { Explanation } from '@cloudpeer/api'
import type { Paint } from './paint.ts'
import { renderTable } from './table.ts'
import { counted, duration, grouped, printable, shortPeerId } from './text.ts'

/** How an answer was made: the shards weighed for each term, the chosen ones marked, then the nodes asked. */
export function renderExplanation({ terms, asked }: Explanation, paint: Paint): string {
  const plan = terms.flatMap(({ expression, shards }) => [
    `  ${printable(expression)}`,
    ...shards.map(({ shard, estimatedRows, estimatedCost, chosen }) => {
      const line = `${printable(shard)}  about ${counted(Math.round(estimatedRows), 'row')}, cost ${grouped(Number(estimatedCost.toFixed(1)))}`
      return chosen ? `    ${paint.good('*')} ${line}` : `      ${paint.quiet(line)}`
    })
  ])
  const rows = asked.map(({ shard, node, local, rowsRead, rowsReturned, latencyMs }) => [
    printable(shard),
    local ? 'this node' : shortPeerId(node),
    grouped(rowsRead),
    grouped(rowsReturned),
    duration(latencyMs)
  ])
  const answers = renderTable(['shard', 'node', 'rows read', 'rows returned', 'time'], rows, paint)
  return [paint.heading('plan (* chosen)'), ...plan, '', paint.heading('asked'), indented(answers)].join('\n')
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}
