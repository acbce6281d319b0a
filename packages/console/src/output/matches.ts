import type { Match } from '@cloudpeer/api'
import type { Paint } from './paint.ts'
import { displayWidth, gutter, renderPairs, renderTable } from './table.ts'
import { printable, shortened, shortPeerId } from './text.ts'

type AttributeCell = Match['attributes'][string] | undefined

/** The widest cell of a table; `--json` shows all of it. */
export const cellWidthMax = 40

/** A table of matches, and the attributes for which there was no room. */
export interface MatchTable {
  readonly text: string
  readonly hidden: readonly string[]
}

/** One or several values as a person reads them. */
export function attributeText(value: AttributeCell): string {
  if (value === undefined) return '-'
  return printable(Array.isArray(value) ? value.join(', ') : String(value))
}

/**
 * Name, owner, and as many attributes as `width` has room for: those that the expression mentions first, in its order,
 * then those that most matches have.
 */
export function renderMatches(matches: readonly Match[], expression: string, width: number, paint: Paint): MatchTable {
  const names = column('name', matches, ({ name }) => printable(name))
  const owners = column('owner', matches, ({ owner }) => shortPeerId(owner))
  const columns = [names, owners]
  let room = width - names.width - gutter - owners.width
  const hidden: string[] = []
  for (const attribute of attributesByInterest(matches, expression)) {
    const next = column(attribute, matches, ({ attributes }) => attributeText(attributes[attribute]))
    if (next.width + gutter > room) {
      hidden.push(attribute)
      continue
    }
    room -= next.width + gutter
    columns.push(next)
  }
  const rows = matches.map((_, row) => columns.map(({ cells }) => cells[row] ?? ''))
  return {
    text: renderTable(
      columns.map(({ heading }) => heading),
      rows,
      paint
    ),
    hidden
  }
}

/** A match with everything that is known of it. */
export function renderMatch(match: Match, paint: Paint): string {
  const attributes = Object.entries(match.attributes).map(([name, value]) => [`  ${printable(name)}`, attributeText(value)] as const)
  const endpoints = match.endpoints.map((endpoint, index) => [index === 0 ? 'endpoints' : '', printable(endpoint)] as const)
  return renderPairs(
    [
      ['name', printable(match.name)],
      ['owner', printable(match.owner)],
      ...endpoints,
      ['attributes', attributes.length === 0 ? 'none' : ''],
      ...attributes
    ],
    paint
  )
}

interface Column {
  readonly heading: string
  readonly cells: readonly string[]
  readonly width: number
}

function column(name: string, matches: readonly Match[], cell: (match: Match) => string): Column {
  const heading = shortened(printable(name), cellWidthMax)
  const cells = matches.map((match) => shortened(cell(match), cellWidthMax))
  return { heading, cells, width: cells.reduce((widest, text) => Math.max(widest, displayWidth(text)), displayWidth(heading)) }
}

function attributesByInterest(matches: readonly Match[], expression: string): string[] {
  const mentioned = new Map([...expression.matchAll(/[a-z][a-z0-9_]*/g)].reverse().map(({ 0: word, index }) => [word, index]))
  const holders = new Map<string, number>()
  for (const { attributes } of matches) {
    for (const name of Object.keys(attributes)) holders.set(name, (holders.get(name) ?? 0) + 1)
  }
  const place = (name: string): number => mentioned.get(name) ?? Number.MAX_SAFE_INTEGER
  return [...holders.keys()].sort((a, b) => place(a) - place(b) || (holders.get(b) ?? 0) - (holders.get(a) ?? 0) || (a < b ? -1 : 1))
}
