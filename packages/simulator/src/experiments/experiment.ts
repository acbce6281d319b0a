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

/** One table: what a chart cannot show. */
export interface Table {
  /** The name of its files, in kebab-case. */
  readonly name: string
  readonly title: string
  /** What is to be seen, in two sentences. */
  readonly caption: string
  readonly columns: readonly Column[]
  /** Of each row a text, a number, or nothing for each column. */
  readonly rows: readonly (readonly (string | number | undefined)[])[]
}

/** A column of a table. */
export interface Column {
  readonly label: string
  /** The unit of its numbers; `%` for shares, which are from 0 to 1 in the data. */
  readonly unit?: string
}

/** What an experiment found. */
export interface Report {
  readonly figures: readonly Figure[]
  readonly tables?: readonly Table[]
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
  /** `readFile` reads what the settings name. */
  run(settings: Settings, progress: Progress, readFile: (path: string) => Uint8Array): Promise<Report>
}
