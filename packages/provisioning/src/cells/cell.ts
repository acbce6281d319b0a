/** The parts of each dimension in the base grid (S. Zhygmanovskyi and N. Yoshida's fmin). */
export const partsPerDimension = 3

/** The deepest that a base cell is split. */
export const levelsMax = 12

/** A part of one dimension: all of it where it is `*`. */
type Place = number | '*'

/**
 * A part of the space: in each dimension one of three parts or all of them, and below a base cell the path through its split tree, 0 for
 * the lower part of each cut and 1 for the upper.
 */
export interface Cell {
  readonly places: readonly Place[]
  readonly path: string
}

const textPattern = /^(?:\.|([0-2*](?:\.[0-2*])*))(?:\/([01]{1,12}))?$/

/** The text of a cell, such as `0.2.1`, `0.*.1` or `0.2.1/010`; `.` is the only cell of a space without dimensions. */
export function formatCell({ places, path }: Cell): string {
  const grid = places.length === 0 ? '.' : places.join('.')
  return path === '' ? grid : `${grid}/${path}`
}

/** The cell that a text names in a space of so many dimensions; undefined if there is none. Only base cells have a path. */
export function parseCell(text: string, dimensions: number): Cell | undefined {
  const match = textPattern.exec(text)
  if (match === null) return undefined
  const [, grid, path = ''] = match
  const places = grid === undefined ? [] : grid.split('.').map((place): Place => (place === '*' ? '*' : Number(place)))
  return places.length !== dimensions || (path !== '' && places.includes('*')) ? undefined : { places, path }
}

/** The text of the base cell or collapsed cell that a cell is in. */
export function gridOf(cell: string): string {
  const slash = cell.indexOf('/')
  return slash < 0 ? cell : cell.slice(0, slash)
}

/** The texts of the base cells that a cell covers, in order. */
export function baseCellsBelow({ places }: Cell): readonly string[] {
  let below: readonly (readonly number[])[] = [[]]
  for (const place of places) {
    const parts = place === '*' ? Array.from({ length: partsPerDimension }, (_, part) => part) : [place]
    below = below.flatMap((before) => parts.map((part) => [...before, part]))
  }
  return below.map((base) => formatCell({ places: base, path: '' }))
}

/** The texts of all base cells of a space of so many dimensions: 729 at most. */
export function allBaseCells(dimensions: number): readonly string[] {
  return baseCellsBelow({ places: Array.from({ length: dimensions }, (): Place => '*'), path: '' })
}

/** The key by which the overlay finds a cell's matchers. */
export function cellKey(network: string, cell: string): string {
  return `cloudpeer/cell/${network}/${cell}`
}
