import type { Answer } from '@cloudpeer/api'
import { renderExplanation } from './explanation.ts'
import { renderMatches } from './matches.ts'
import type { Paint } from './paint.ts'
import { counted, duration, printable } from './text.ts'

/** The most missing shards that are named in a line. */
const missingNamedMax = 5

/** The answer to a query: table, plan where there is one, what it has cost, and loudly what it lacks. */
export function renderAnswer(answer: Answer, expression: string, width: number, paint: Paint): string {
  const { matches, stats, partial, missing, more, explain } = answer
  const table = renderMatches(matches, expression, width, paint)
  const blocks = matches.length === 0 ? [] : [table.text, '']
  if (explain !== undefined) blocks.push(renderExplanation(explain, paint), '')
  const cost = `asked ${counted(stats.nodesAsked, 'node')}, ${counted(stats.messages, 'message')}, ${duration(stats.latencyMs)}`
  blocks.push(`${counted(matches.length, 'match', 'matches')} - ${cost}`)
  if (table.hidden.length > 0) blocks.push(paint.quiet(`not shown: ${table.hidden.map(printable).join(', ')}; --json shows everything`))
  if (more) blocks.push(paint.warning('MORE: further matches follow; raise --limit or narrow the expression'))
  if (partial) blocks.push(incompleteLine(missing, paint))
  return blocks.join('\n')
}

/** Says which shards could not be asked. */
export function incompleteLine(missing: readonly string[], paint: Paint): string {
  const named = missing.slice(0, missingNamedMax).map(printable)
  const others = missing.length - named.length
  const list = [...named, ...(others > 0 ? [`${others} others`] : [])].join(', ')
  return paint.bad(`INCOMPLETE: ${counted(missing.length, 'shard')} could not be asked${list && ` (${list})`}; matches may be missing`)
}
