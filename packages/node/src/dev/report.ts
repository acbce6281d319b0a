import { styleText } from 'node:util'
import type { Match } from '@cloudpeer/api'
import type { DevNode } from './dev-network.ts'
import type { TourResult } from './take-tour.ts'

/** Rows of an answer that the tour shows. */
const rowsShown = 5
const columns = ['location', 'vcpus', 'memory_mib', 'clock_mhz', 'coremark', 'gpu_model'] as const

/** A query of the tour and its answer, as a person reads them. */
export function describeResult(result: TourResult, number: number): string {
  const { query, node, matches, nodesAsked, messages, latencyMs, equal, partial } = result
  const order = query.best ? `  --order-by ${query.best.attribute}:desc --limit ${query.best.limit}` : ''
  const left = matches.length - rowsShown
  return [
    '',
    `${number}. ${styleText('bold', query.expression)}${order}`,
    `   ${query.title}, asked at node ${node.index} (${node.location}):`,
    ...table(matches.slice(0, rowsShown)).map((line) => `   ${line}`),
    ...(left > 0 ? [`   ... and ${left} more`] : []),
    `   ${matches.length} ${matches.length === 1 ? 'match' : 'matches'}; ${count(nodesAsked, 'node')} asked, ${count(messages, 'message')}, ${latencyMs.toFixed(1)} ms`,
    ...(partial ? [styleText('red', '   INCOMPLETE: some shards did not answer')] : []),
    `   equal to a plain filter over the input: ${equal ? styleText('green', 'yes') : styleText('red', `NO (it finds ${result.expected})`)}`,
    ''
  ].join('\n')
}

function table(matches: readonly Match[]): readonly string[] {
  const rows = [
    ['name', ...columns],
    ...matches.map(({ name, attributes }) => [name, ...columns.map((column) => String(attributes[column] ?? '-'))])
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  )
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`
}

/** A short time: `0.2 s`. */
export function duration(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** What to do with a network that is up. */
export function describeNext(nodes: readonly DevNode[], services: number): string {
  const [first, last] = [nodes[0] as DevNode, nodes.at(-1) as DevNode]
  const port = (node: DevNode): string => new URL(node.api).port
  return [
    '',
    `${count(nodes.length, 'node')} and ${services} services are up; node 0 answers at ${first.api}. In another terminal:`,
    '',
    `  npx cloudpeer --api ${port(first)} query 'location == "tokyo" && vcpus >= 96' --order-by coremark:desc --limit 5`,
    `  npx cloudpeer --api ${port(last)} service get c5.large.tokyo`,
    `  npx cloudpeer --api ${port(first)} members`,
    `  npx cloudpeer --api ${port(first)} request create 'region == "japan"' --cpu 2 --memory 1GiB --wait`,
    `  npx cloudpeer --api ${port(first)} lease list`,
    `  kill -9 ${last.process.pid}        # node ${last.index} dies: ask the others again`,
    `  npx cloudpeer start --api 127.0.0.1:7099 --listen /ip4/127.0.0.1/tcp/0 --data ./my-node --join ${first.addresses[0]}`,
    '',
    'Ctrl-C ends them all.',
    ''
  ].join('\n')
}
