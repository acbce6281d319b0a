import type { Axis, Chart, Line } from './chart.ts'
import { spreadLabels } from './end-labels.ts'
import { numberText } from './number-text.ts'
import { colourAt, markerAt } from './palette.ts'
import { type Scale, scaleFor } from './scale.ts'
import { element, escaped, rounded, type Svg } from './svg.ts'

const [width, height] = [800, 500]
/** Where the lines are drawn. The right margin is for the names of the lines. */
const plot = { left: 72, right: 612, top: 112, bottom: 436 } as const
const [ink, quiet, grid] = ['#222222', '#5a5a5a', '#e3e3e3']
const font = 'system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif'

/** Places of the legend's entries: three in a row. */
const legend = { columns: 3, columnWidth: 236, rowHeight: 18, top: 72 } as const

/** Both scales of a chart. */
interface Scales {
  readonly x: Scale
  readonly y: Scale
}

/** A chart as an SVG of 800 by 500 pixels that needs nothing beside itself. */
export function renderChart(chart: Chart): string {
  const points = chart.lines.flatMap((line) => line.points)
  const scales: Scales = {
    x: scaleFor(
      chart.x,
      points.map(({ x }) => x),
      plot.right - plot.left
    ),
    y: scaleFor(
      chart.y,
      points.map(({ y }) => y),
      plot.bottom - plot.top
    )
  }
  const size = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height }
  const parts = [
    element('title', {}, escaped(`${chart.title}: ${chart.subtitle}`)),
    element('rect', { width, height, fill: '#ffffff' }),
    text(24, 32, chart.title, { 'font-size': 18, 'font-weight': 600 }),
    text(24, 53, chart.subtitle, { fill: quiet }),
    ...legendOf(chart.lines),
    ...axes(chart, scales),
    ...chart.lines.map((line) => drawn(line, scales)),
    ...names(chart.lines, scales)
  ]
  return `${element('svg', { ...size, role: 'img', 'font-family': font, 'font-size': 13, fill: ink }, ...parts.map((part) => `\n${part}`), '\n')}\n`
}

function axes({ x, y }: Chart, scales: Scales): Svg[] {
  const across = scales.y.ticks.map((tick) => {
    const top = plot.bottom - scales.y.place(tick)
    const line = element('path', { d: `M${plot.left} ${rounded(top)}H${plot.right}`, stroke: grid })
    return line + text(plot.left - 8, top + 4.5, numberText(tick, y.unit), { 'text-anchor': 'end', fill: quiet })
  })
  const along = scales.x.ticks.map((tick) => {
    const left = plot.left + scales.x.place(tick)
    const mark = element('path', { d: `M${rounded(left)} ${plot.bottom}v5`, stroke: quiet })
    return mark + text(left, plot.bottom + 20, numberText(tick, x.unit), { 'text-anchor': 'middle', fill: quiet })
  })
  const base = element('path', { d: `M${plot.left} ${plot.bottom}H${plot.right}`, stroke: quiet })
  const below = text((plot.left + plot.right) / 2, height - 18, axisText(x), { 'text-anchor': 'middle' })
  const beside = text(0, 0, axisText(y), {
    'text-anchor': 'middle',
    transform: `translate(20 ${(plot.top + plot.bottom) / 2}) rotate(-90)`
  })
  return [...across, ...along, base, below, beside]
}

function drawn({ points, colour, isModel = false }: Line, scales: Scales): Svg {
  const places = points.map(({ x, y }) => ({ x: plot.left + scales.x.place(x), y: plot.bottom - scales.y.place(y) }))
  const path = places.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${rounded(x)} ${rounded(y)}`).join('')
  const markers = isModel ? [] : places.map(({ x, y }) => markerAt(colour, x, y))
  return element('path', { d: path, fill: 'none', 'stroke-linejoin': 'round', ...stroke(colour, isModel) }) + markers.join('')
}

/** The name of each line where it ends, with a thread where it had to move. */
function names(lines: readonly Line[], scales: Scales): Svg[] {
  const ends = lines.flatMap(({ points, colour, name }) => {
    const end = points.at(-1)
    return end === undefined ? [] : [{ text: name, colour, y: plot.bottom - scales.y.place(end.y) }]
  })
  return spreadLabels(ends, plot.top, plot.bottom).map(({ text: name, colour, y, labelY }) => {
    const thread = `M${plot.right + 8} ${rounded(y)}L${plot.right + 20} ${rounded(labelY)}`
    return (
      element('path', { d: thread, stroke: colourAt(colour), 'stroke-width': 0.8 }) +
      text(plot.right + 24, labelY + 4.5, name, { fill: colourAt(colour) })
    )
  })
}

function legendOf(lines: readonly Line[]): Svg[] {
  return lines.map(({ name, colour, isModel = false }, index) => {
    const x = 24 + (index % legend.columns) * legend.columnWidth
    const y = legend.top + Math.floor(index / legend.columns) * legend.rowHeight
    const sample = element('path', { d: `M${x} ${y}h28`, ...stroke(colour, isModel) })
    return sample + (isModel ? '' : markerAt(colour, x + 14, y)) + text(x + 36, y + 4.5, name, {})
  })
}

function stroke(colour: number, isModel: boolean): Record<string, string | number> {
  return { stroke: colourAt(colour), 'stroke-width': isModel ? 1.5 : 2.2, ...(isModel && { 'stroke-dasharray': '5 4' }) }
}

function text(x: number, y: number, content: string, attributes: Readonly<Record<string, string | number>>): Svg {
  return element('text', { x, y, ...attributes }, escaped(content))
}

function axisText({ label, unit }: Axis): string {
  return unit === undefined ? label : `${label}, ${unit}`
}
