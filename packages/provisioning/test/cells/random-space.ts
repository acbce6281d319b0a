import { pick, type Random } from '@cloudpeer/core'
import { type Amounts, type Attributes, type Capacity, canonicalAttributes, parseSchema, type Schema } from '@cloudpeer/model'
import type { Box, Side } from '../../src/cells/box.ts'
import type { Cell } from '../../src/cells/cell.ts'
import { reshaped } from '../../src/cells/reshape.ts'
import { type SplitTree, wholeTree } from '../../src/cells/split-tree.ts'

const places = ['USA', 'Europe', 'Singapore', 'Tokyo', 'Sydney']

const attributes = {
  location: { type: 'string' },
  speed_ghz: { type: 'double' },
  vcpus: { type: 'int' },
  spot: { type: 'boolean' }
}

const dimensions = [
  { attribute: 'location', values: places },
  { attribute: 'speed_ghz', min: 1, max: 4 },
  { attribute: 'vcpus', min: 1, max: 64, scale: 'log' },
  { attribute: 'spot', values: [false, true] },
  { attribute: 'cpu', min: 500, max: 32000, scale: 'log' },
  { attribute: 'memory', min: 0, max: 8192 },
  { attribute: 'gpus', min: 0, max: 8 },
  { attribute: 'disk', min: 0, max: 100 }
]

/** A schema with up to 5 of the dimensions above, in any order. */
export function randomSchema(random: Random): Schema {
  const chosen = dimensions.filter(() => random.next() < 0.45).slice(0, 5)
  if (random.next() < 0.5) chosen.reverse()
  return parseSchema({ version: 1, attributes, dimensions: chosen })
}

/** What an owner has: some attributes absent, some values outside their dimension, some exactly at an end. */
export function randomOwner(random: Random): { readonly attributes: Attributes; readonly total: Capacity } {
  const plain = {
    ...(random.next() < 0.9 && { location: pick(random, [...places, 'Mars']) }),
    ...(random.next() < 0.9 && { speed_ghz: Math.round(random.next() * 50) / 10 }),
    ...(random.next() < 0.9 && { vcpus: 1 + random.integer(70) }),
    ...(random.next() < 0.9 && { spot: random.next() < 0.5 })
  }
  const gpus = Array.from({ length: random.integer(10) }, () => ({ model: 'A', milli: 1000 }))
  const total = { cpuMilli: random.integer(40000), memoryMib: random.integer(10000), diskMib: random.integer(120), gpus, others: {} }
  return { attributes: canonicalAttributes(plain), total }
}

/** An expression of one to four comparisons, some of them in disjunctions or negated. */
export function randomExpression(random: Random): string {
  const atoms = Array.from({ length: 1 + random.integer(4) }, () => randomAtom(random))
  return atoms.map((atom, index) => (index === 0 ? atom : `${random.next() < 0.8 ? ' && ' : ' || '}${atom}`)).join('')
}

/** What each unit of a request is to have; often nothing of a kind. */
export function randomAmounts(random: Random): Amounts {
  const some = (most: number): number => (random.next() < 0.5 ? 0 : random.integer(most))
  const gpus = some(6)
  return {
    cpuMilli: some(30000),
    memoryMib: some(8000),
    diskMib: some(90),
    others: {},
    ...(gpus > 0 && { gpu: { count: gpus, milli: 500, models: [] } })
  }
}

/** The trees that a cell of the grid has had, after splits and merges of parts at random. */
export function randomTrees(random: Random, cell: string, grid: Cell, changes: number): readonly SplitTree[] {
  const trees = [wholeTree(cell)]
  for (let change = 0; change < changes && grid.places.length > 0; change++) {
    const next = reshaped(trees.at(-1) as SplitTree, grid, {
      cutOf: ({ box }) => (random.next() < 1 / (change + 1) ? randomCut(random, box) : undefined),
      isSparse: () => random.next() < 0.3
    })
    if (next !== undefined) trees.push(next)
  }
  return trees
}

function randomCut(random: Random, box: Box): readonly [dimension: number, at: number] | undefined {
  const dimension = random.integer(box.length)
  const [from, to] = box[dimension] as Side
  const at = from + (to - from) * (0.1 + 0.8 * random.next())
  return at > from && at < to ? [dimension, at] : undefined
}

function randomAtom(random: Random): string {
  const operator = pick(random, ['<', '<=', '==', '!=', '>=', '>'])
  const speed = `speed_ghz ${operator} ${Math.round(random.next() * 50) / 10}`
  const vcpus = `vcpus ${operator} ${random.integer(70)}`
  const atom = pick(random, [speed, vcpus, ...textAtoms(random), 'spot', 'has(vcpus)', '!(spot)', `!(${vcpus})`])
  return random.next() < 0.15 ? `(${atom} || ${speed})` : atom
}

function textAtoms(random: Random): readonly string[] {
  const place = pick(random, [...places, 'Mars'])
  return [`location == "${place}"`, `location in ["${place}", "Tokyo"]`, 'location.startsWith("S")', `location != "${place}"`]
}
