/** One axis of a chart. */
export interface Axis {
  /** What is measured. */
  readonly label: string
  /** Its unit; `%` for shares, which are from 0 to 1 in the data. */
  readonly unit?: string
  readonly scale: 'linear' | 'log'
  /** Where the axis begins and ends; the data decide otherwise. */
  readonly from?: number
  readonly to?: number
}

/** A point of a line. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** One line. */
export interface Line {
  readonly name: string
  /** Its place in the palette: the same thing has the same colour in all charts. */
  readonly colour: number
  /** Whether it is computed rather than measured: dashed, without markers. */
  readonly isModel?: boolean
  /** By ascending x. */
  readonly points: readonly Point[]
}

/** A line chart: what it shows, not how. */
export interface Chart {
  readonly title: string
  readonly subtitle: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly Line[]
}
