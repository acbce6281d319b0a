import type { Scheme } from '../papers/scheme.ts'
import type { Figure, Progress } from './experiment.ts'
import { loadFigure, type Series } from './load-figure.ts'
import type { Settings } from './parameters.ts'
import { schemesNamed } from './schemes.ts'
import type { Popularity } from './workload.ts'

/** One scheme under one kind of load. */
export interface LoadRun {
  readonly scheme: Scheme
  readonly settings: Settings
  readonly popularity: Popularity
  /** To be told which share of it is done. */
  readonly report: (share: number) => void
}

/** What is compared. */
export interface LoadComparison {
  /** The operations, in the plural: in titles and names of figures. */
  readonly what: string
  /** What the load is. */
  readonly load: string
  run(load: LoadRun): Promise<Series['points']>
}

/** Runs all schemes that the settings choose under each popularity that they choose: a figure for each popularity. */
export async function compareUnderLoad(
  { what, load, run }: LoadComparison,
  settings: Settings,
  progress: Progress
): Promise<readonly Figure[]> {
  const popularities = settings.words('popularity') as readonly Popularity[]
  const schemes = schemesNamed(settings.words('schemes'))
  const figures: Figure[] = []
  for (const [row, popularity] of popularities.entries()) {
    const series: Series[] = []
    for (const [column, scheme] of schemes.entries()) {
      const before = row * schemes.length + column
      const report = (share: number): void =>
        progress((before + share) / (popularities.length * schemes.length), `${scheme.title}, ${popularity} attributes`)
      series.push({ scheme, points: await run({ scheme, settings, popularity, report }) })
    }
    figures.push(loadFigure({ name: `${what}-${popularity}`, what, popularity, load, series }))
  }
  return figures
}
