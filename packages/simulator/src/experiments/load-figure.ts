import type { Scheme } from '../papers/scheme.ts'
import type { Point } from './chart/chart.ts'
import { numberText } from './chart/number-text.ts'
import type { Figure } from './experiment.ts'
import { schemes } from './schemes.ts'
import type { Popularity } from './workload.ts'

/** What one scheme made of growing loads. */
export interface Series {
  readonly scheme: Scheme
  /** Load, and the share of operations that succeeded. */
  readonly points: readonly Point[]
}

/** What a figure of success against load is made of. */
export interface LoadFigureInit {
  readonly name: string
  /** The operations, in the plural. */
  readonly what: string
  readonly popularity: Popularity
  /** What the load is. */
  readonly load: string
  readonly series: readonly Series[]
}

/** A figure like S1's Figures 8 and 9. */
export function loadFigure({ name, what, popularity, load, series }: LoadFigureInit): Figure {
  const ends = series.map(({ scheme, points }) => `${scheme.title} ${numberText(points.at(-1)?.y ?? 0, '%')}`)
  const most = numberText(series[0]?.points.at(-1)?.x ?? 0)
  return {
    name,
    caption: `Of ${most} ${load}, with ${popularityText(popularity)}, there succeeded: ${ends.join('; ')}.`,
    chart: {
      title: `Success of ${what}`,
      subtitle: `${popularityText(popularity)}, capacity per node bounded`,
      x: { label: load, scale: 'linear', from: 0 },
      y: { label: `${what} that succeeded`, unit: '%', scale: 'linear', from: 0, to: 1 },
      lines: series.map(({ scheme, points }) => ({ name: scheme.title, colour: schemes.indexOf(scheme), points }))
    }
  }
}

/** `steps` loads, as far apart as each other, the last of them `most`. */
export function evenSteps(most: number, steps: number): readonly number[] {
  const count = Math.min(steps, most)
  return Array.from({ length: count }, (_, index) => Math.round(((index + 1) * most) / count))
}

function popularityText(popularity: Popularity): string {
  return popularity === 'uniform' ? 'all attributes equally frequent' : 'attributes frequent by the law of Zipf (s = 1)'
}
