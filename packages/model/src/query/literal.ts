import type { ASTNode } from '@marcbachmann/cel-js'
import { type AttributeType, type AttributeValue, canonicalValue } from '../attributes/attribute-value.ts'
import { unsupported } from './problems.ts'

/** A literal of a query. */
export interface Literal {
  readonly value: AttributeValue
  /** As it is written: `2` is an int, `2.0` a double. */
  readonly type: AttributeType
  readonly node: ASTNode
}

/** The literal that a node is, or undefined for another kind of node. QUERY_UNSUPPORTED for CEL's other literals. */
export function literalFrom(node: ASTNode, text: string): Literal | undefined {
  if (node.op === '-_' && node.args.op === 'value') return negative(node, node.args.args, text)
  return node.op === 'value' ? plain(node, node.args, text) : undefined
}

function plain(node: ASTNode, value: unknown, text: string): Literal {
  if (typeof value === 'string' || typeof value === 'boolean')
    return { value: canonicalValue(value), type: typeof value as AttributeType, node }
  if (typeof value === 'number') return { value: canonicalValue(value), type: 'double', node }
  if (typeof value === 'bigint') return { value: integer(node, value, text), type: 'int', node }
  throw unsupported(node, value === null ? 'null (has(...) tests whether there is a value)' : 'an unsigned or bytes literal')
}

function negative(node: ASTNode, value: unknown, text: string): Literal {
  if (typeof value !== 'number' && typeof value !== 'bigint') throw unsupported(node, '- before anything but a number')
  return plain(node, -value, text)
}

function integer(node: ASTNode, value: bigint, text: string): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw unsupported(node, `${text.slice(node.start, node.end).slice(0, 40)}, an integer beyond ${Number.MAX_SAFE_INTEGER},`)
}
