import type { Chart } from './chart/chart.ts'
import type { Parameter, Settings } from './parameters.ts'

/** One figure: a chart, and what is to be said about it. */
export interface Figure {
  /** The name of its files, in kebab-case. */
  readonly name: string
  readonly chart: Chart
  /** What is to be seen, in two sentences. */
  readonly caption: string
}

/** What an experiment found. */
export interface Report {
  readonly figures: readonly Figure[]
  /** How it was made, and what the comparison rests on: one sentence or two each. */
  readonly notes: readonly string[]
}

/** Told how far an experiment is: a share from 0 to 1, and what it is doing. */
export type Progress = (share: number, doing: string) => void

/** A question that whole simulated networks answer. The same settings give the same report. */
export interface Experiment {
  readonly name: string
  /** The question, in one line. */
  readonly question: string
  /** How long it takes with its defaults, in seconds of one core. */
  readonly takesSeconds: number
  readonly parameters: readonly Parameter[]
  run(settings: Settings, progress: Progress): Promise<Report>
}
