import { sample, seededRandom } from '@cloudpeer/core'
import { parseSync } from '@swc/core'
import { filesMatching, type SourceFile } from '../tidy/tree.ts'
import { type Mutant, mutantAt, mutated, readSource } from './mutant.ts'

/** The folders of protocols: what is wrong there shows in a network. */
const folders = [
  'packages/overlay/src/{membership,routing}/*.ts',
  'packages/registry/src/{publisher,query,reconcile,record,replica}/*.ts',
  'packages/transport/src/exchange/*.ts'
]

/** What takes the place of an operator: the nearest one that is wrong. */
const operators: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '&&': '||',
  '||': '&&'
}

/** Statements without which a program does the same, but tells or checks less. */
const telling = /^(await )?(log|\w*[mM]etrics|transitions|rejections|refutations|outcomes|repaired|assert)\b/

/** A node of the syntax tree, as far as mutations look at it. */
interface Node {
  readonly type: string
  readonly span?: { readonly start: number; readonly end: number }
  readonly [field: string]: unknown
}

/** One change of a source: bytes from `start` to `end` give way to what `change` makes of their text. */
interface Change {
  readonly node: Pick<Node, 'span'>
  readonly change: (text: string) => string
  readonly what: string
}

/** As many mutants of the protocol folders as are asked for, drawn by a seed from all that there are. */
export function mechanicalMutants(count: number, seed: number): readonly Mutant[] {
  const all = filesMatching(...folders).flatMap(mutantsOf)
  const drawn: Mutant[] = []
  for (const mutant of sample(seededRandom(seed), all, all.length)) {
    if (drawn.length === count) break
    if (isProgram(mutated(readSource(mutant.file), mutant))) drawn.push(mutant)
  }
  return drawn
}

/** All mechanical mutants of a file: negated conditions, changed operators and constants, dropped statements. */
export function mutantsOf({ path, text }: SourceFile): readonly Mutant[] {
  // A semicolon in front tells where spans begin to count.
  const bytes = Buffer.from(`;${text}`)
  const body = parse(bytes.toString())
  const base = body[0]?.span?.start ?? 0
  const changes = body.flatMap((node) => [...changesIn(node)])
  return changes
    .map(({ node: { span = { start: base, end: base } }, change, what }) => {
      const from = bytes.subarray(0, span.start - base).toString().length - 1
      const original = bytes.subarray(span.start - base, span.end - base).toString()
      const line = text.slice(0, from).split('\n')
      const name = `${path.replace(/^packages\/|src\/|\.ts$/g, '')}:${line.length}:${(line.at(-1) as string).length + 1} ${what}`
      return mutantAt(name, 'mechanical', path, text, { from, original, replacement: change(original) })
    })
    .filter(({ original, replacement }) => original !== replacement)
}

/** Whether a text can be read at all: `??` may not stand beside `||`. */
export function isProgram(text: string): boolean {
  try {
    parse(text)
    return true
  } catch {
    // A mutant that is no program is nothing to be hunted.
    return false
  }
}

function parse(text: string): readonly Node[] {
  return parseSync(text, { syntax: 'typescript', target: 'es2024' }).body as unknown as readonly Node[]
}

function* changesIn(node: Node): Generator<Change> {
  if (node.type.startsWith('Ts') && !('expression' in node)) return
  const change = changeOf(node)
  if (change !== undefined) yield change
  for (const [field, value] of Object.entries(node)) {
    if (field === 'typeAnnotation' || field === 'typeArguments' || field === 'typeParameters' || field === 'source') continue
    for (const child of Array.isArray(value) ? value : [value]) {
      const inner = child?.expression?.type === undefined || child.type !== undefined ? child : child.expression
      if (isNode(inner)) yield* changesIn(inner)
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

function changeOf(node: Node): Change | undefined {
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
      return { node: node.test as Node, change: (text) => `!(${text})`, what: 'negated' }
    case 'BinaryExpression':
      return operatorChange(node)
    case 'BooleanLiteral':
      return { node, change: (text) => String(text !== 'true'), what: 'flipped' }
    case 'NumericLiteral':
      return { node, change: (text) => (node.value === 0 ? '1' : node.value === 1 ? '2' : `(${text} * 10)`), what: 'other constant' }
    case 'ExpressionStatement':
    case 'ThrowStatement':
      return { node, change: (text) => (telling.test(text) ? text : ';'), what: 'dropped' }
    default:
      return undefined
  }
}

function operatorChange({ left, right, operator }: Node): Change | undefined {
  const other = operators[operator as string]
  const [start, end] = [(left as Node).span?.end, (right as Node).span?.start]
  if (other === undefined || start === undefined || end === undefined) return undefined
  return { node: { span: { start, end } }, change: (text) => text.replace(operator as string, other), what: `${operator} as ${other}` }
}
