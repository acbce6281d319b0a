import type { Axis, Chart } from './chart/chart.ts'
import { numberText } from './chart/number-text.ts'
import { renderChart } from './chart/render-chart.ts'
import type { Experiment, Figure, Report } from './experiment.ts'
import type { Settings } from './parameters.ts'

/** A file of a report. */
export interface Document {
  readonly name: string
  readonly text: string
}

/** The files of a report: of each figure its numbers as JSON, its table in Markdown and its picture as SVG. */
export function documentsOf(experiment: Experiment, settings: Settings, { figures, notes }: Report): readonly Document[] {
  return figures.flatMap((figure) => [
    { name: `${figure.name}.json`, text: jsonOf(experiment, settings, figure, notes) },
    { name: `${figure.name}.md`, text: markdownOf(experiment, settings, figure, notes) },
    { name: `${figure.name}.svg`, text: renderChart(figure.chart) }
  ])
}

/** The command line that makes the same again. */
function commandOf({ name }: Experiment, { changed }: Settings): string {
  return ['cloudpeer', 'simulate', name, ...changed.map((setting) => `--set ${setting}`)].join(' ')
}

function jsonOf(experiment: Experiment, settings: Settings, { name, chart, caption }: Figure, notes: readonly string[]): string {
  const { title, subtitle, x, y, lines } = chart
  const series = lines.map((line) => ({
    name: line.name,
    model: line.isModel ?? false,
    points: line.points.map((point) => [point.x, precise(point.y)])
  }))
  const axis = ({ label, unit }: Axis): unknown => ({ label, unit: unit ?? null })
  const settingsByName = Object.fromEntries(settings.texts.map((text) => text.split('=', 2)))
  const command = commandOf(experiment, settings)
  const document = {
    experiment: experiment.name,
    figure: name,
    title,
    subtitle,
    caption,
    command,
    settings: settingsByName,
    notes,
    x: axis(x),
    y: axis(y),
    series
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function markdownOf(experiment: Experiment, settings: Settings, { name, chart, caption }: Figure, notes: readonly string[]): string {
  return [
    `# ${chart.title}`,
    `${capitalised(chart.subtitle)}.`,
    `![${chart.title}](${name}.svg)`,
    `${caption} Made by \`${commandOf(experiment, settings)}\`.`,
    tableOf(chart),
    `${capitalised(chart.y.label)}${chart.y.unit === undefined ? '' : `, in ${chart.y.unit}`}.`,
    ...notes,
    `Settings: ${settings.texts.map((text) => `\`${text}\``).join(', ')}.`
  ]
    .map((block) => `${block}\n`)
    .join('\n')
}

function tableOf({ x, y, lines }: Chart): string {
  const places = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.x)))].sort((a, b) => a - b)
  const heads = [headOf(x), ...lines.map(({ name }) => (y.unit === undefined ? name : `${name} (${y.unit})`))]
  const rows = places.map((place) => [
    numberText(place),
    ...lines.map(({ points }) => cellOf(points.find((point) => point.x === place)?.y, y))
  ])
  return [heads, heads.map(() => '--:'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function headOf({ label, unit }: Axis): string {
  return unit === undefined ? label : `${label} (${unit})`
}

function cellOf(value: number | undefined, { unit }: Axis): string {
  return value === undefined ? '' : numberText(value, unit).replace(/ %$/, '')
}

/** Six digits that count: more is noise, and less would hide what is there. */
function precise(value: number): number {
  return Number(value.toPrecision(6))
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
