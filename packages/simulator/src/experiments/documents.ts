import type { Chart } from './chart/chart.ts'
import { numberText } from './chart/number-text.ts'
import { renderChart } from './chart/render-chart.ts'
import type { Column, Experiment, Figure, Report, Table } from './experiment.ts'
import type { Settings } from './parameters.ts'

/** A file of a report. */
export interface Document {
  readonly name: string
  readonly text: string
}

/** The files of a report: of each figure its numbers as JSON, its table in Markdown and its picture as SVG; of each table the first two. */
export function documentsOf(experiment: Experiment, settings: Settings, { figures, tables = [], notes }: Report): readonly Document[] {
  const origin: Origin = { experiment: experiment.name, command: commandOf(experiment, settings), settings, notes }
  const ofFigures = figures.flatMap((figure) => [
    { name: `${figure.name}.json`, text: figureJson(origin, figure) },
    { name: `${figure.name}.md`, text: figureMarkdown(origin, figure) },
    { name: `${figure.name}.svg`, text: renderChart(figure.chart) }
  ])
  const ofTables = tables.flatMap((table) => [
    { name: `${table.name}.json`, text: tableJson(origin, table) },
    { name: `${table.name}.md`, text: tableMarkdown(origin, table) }
  ])
  return [...ofFigures, ...ofTables]
}

/** Where numbers come from. */
interface Origin {
  readonly experiment: string
  /** The command line that makes the same again. */
  readonly command: string
  readonly settings: Settings
  readonly notes: readonly string[]
}

function commandOf({ name }: Experiment, { changed }: Settings): string {
  return ['cloudpeer', 'simulate', name, ...changed.map((setting) => `--set ${setting}`)].join(' ')
}

function figureJson(origin: Origin, { name, chart, caption }: Figure): string {
  const { title, subtitle, x, y, lines } = chart
  const series = lines.map((line) => ({
    name: line.name,
    model: line.isModel ?? false,
    points: line.points.map((point) => [point.x, precise(point.y)])
  }))
  return jsonText(origin, { figure: name, title, subtitle, caption }, { x: axisJson(x), y: axisJson(y), series })
}

function tableJson(origin: Origin, { name, title, caption, columns, rows }: Table): string {
  const numbers = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? precise(cell) : (cell ?? null))))
  return jsonText(origin, { table: name, title, caption }, { columns: columns.map(axisJson), rows: numbers })
}

function jsonText({ experiment, command, settings, notes }: Origin, head: object, data: object): string {
  const byName = Object.fromEntries(settings.texts.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]))
  return `${JSON.stringify({ experiment, ...head, command, settings: byName, notes, ...data }, null, 2)}\n`
}

function axisJson({ label, unit }: Column): unknown {
  return { label, unit: unit ?? null }
}

function figureMarkdown(origin: Origin, { name, chart, caption }: Figure): string {
  const { title, subtitle, y } = chart
  const picture = [`${capitalised(subtitle)}.`, `![${title}](${name}.svg)`]
  const label = `${capitalised(y.label)}${y.unit === undefined ? '' : `, in ${y.unit}`}.`
  return markdownText(origin, { title, picture, caption, grid: [chartGrid(chart), label] })
}

function tableMarkdown(origin: Origin, { title, caption, columns, rows }: Table): string {
  const cells = rows.map((row) =>
    row.map((cell, place) => (typeof cell === 'string' ? cell : cellOf(cell, columns[place] ?? { label: '' })))
  )
  return markdownText(origin, { title, picture: [], caption, grid: [gridOf(columns.map(headOf), cells)] })
}

/** What a page of Markdown shows. */
interface Page {
  readonly title: string
  readonly picture: readonly string[]
  readonly caption: string
  readonly grid: readonly string[]
}

function markdownText({ command, settings, notes }: Origin, { title, picture, caption, grid }: Page): string {
  const chosen = `Settings: ${settings.texts.map((text) => `\`${text}\``).join(', ')}.`
  const blocks = [`# ${title}`, ...picture, `${caption} Made by \`${command}\`.`, ...grid, ...notes, chosen]
  return blocks.map((block) => `${block}\n`).join('\n')
}

function chartGrid({ x, y, lines }: Chart): string {
  const places = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.x)))].sort((a, b) => a - b)
  const heads = [headOf(x), ...lines.map(({ name }) => (y.unit === undefined ? name : `${name} (${y.unit})`))]
  const rows = places.map((place) => [
    numberText(place),
    ...lines.map(({ points }) => cellOf(points.find((point) => point.x === place)?.y, y))
  ])
  return gridOf(heads, rows)
}

function gridOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => '--:'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function headOf({ label, unit }: Column): string {
  return unit === undefined ? label : `${label} (${unit})`
}

function cellOf(value: number | undefined, { unit }: Column): string {
  return value === undefined ? '' : numberText(value, unit).replace(/ %$/, '')
}

/** Six digits that count: more is noise, and less would hide what is there. */
function precise(value: number): number {
  return Number(value.toPrecision(6))
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
