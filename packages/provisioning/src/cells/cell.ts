/** The parts of each dimension in the base grid (S. Zhygmanovskyi and N. Yoshida's fmin). */
export const partsPerDimension = 3

/** The deepest that a cell of the grid is split. */
export const levelsMax = 12

/** A part of one dimension: all of it where it is `*`. */
type Place = number | '*'

/** The lower half of what is cut, or the upper one. */
export type Half = '<' | '>'

/** Both, in order. */
export const halves: readonly Half[] = ['<', '>']

/** One cut on the way down: what is below a position in a dimension, or the rest. */
export type Step = readonly [dimension: number, half: Half, at: number]

/**
 * A part of the space: in each dimension one of three parts or all of them, which is a cell of the grid, and below it what the steps leave
 * of it. It says by itself where it is, whoever knows of how many splits.
 */
export interface Cell {
  readonly places: readonly Place[]
  readonly steps: readonly Step[]
}

const textPattern = /^(?:\.|([0-2*](?:\.[0-2*])*))((?:\/\d[<>][\d.e-]{1,24}){0,12})$/
const stepPattern = /\/(\d)([<>])([\d.e-]+)/g

/** The text of a cell, such as `0.2.1`, `0.*.1` or `0.2.1/1<0.8/0>0.25`; `.` is the only cell of a grid without dimensions. */
export function formatCell({ places, steps }: Cell): string {
  const grid = places.length === 0 ? '.' : places.join('.')
  return steps.reduce(textBelow, grid)
}

/** The text of what a step leaves of the cell of a text. */
export function textBelow(cell: string, [dimension, half, at]: Step): string {
  return `${cell}/${dimension}${half}${at}`
}

/** The cell that a text names in a space of so many dimensions; undefined if there is none. */
export function parseCell(text: string, dimensions: number): Cell | undefined {
  const match = textPattern.exec(text)
  if (match === null) return undefined
  const [, grid, below = ''] = match
  const places = grid === undefined ? [] : grid.split('.').map((place): Place => (place === '*' ? '*' : Number(place)))
  const steps = [...below.matchAll(stepPattern)].map(([, dimension, half, at]): Step => [Number(dimension), half as Half, Number(at)])
  const cell = { places, steps }
  const isInSpace = places.length === dimensions && steps.every(([dimension]) => dimension < dimensions)
  // One text for each cell: its matchers are found by it.
  return isInSpace && formatCell(cell) === text ? cell : undefined
}

/** The text of the cell of the grid that a cell is in. */
export function gridOf(cell: string): string {
  const slash = cell.indexOf('/')
  return slash < 0 ? cell : cell.slice(0, slash)
}

/** The key by which the overlay finds a cell's matchers. */
export function cellKey(network: string, cell: string): string {
  return `cloudpeer/cell/${network}/${cell}`
}
