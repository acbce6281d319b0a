import { CloudError } from '@cloudpeer/core'
import type { ASTNode } from '@marcbachmann/cel-js'
import { isAttributeName, isPseudoAttribute } from '../attributes/attribute-name.ts'
import type { AttributeType } from '../attributes/attribute-value.ts'
import { attributeNameLengthMax } from '../attributes/limits.ts'
import { definitionOf, type Schema } from '../schema/schema.ts'
import type { Reference } from './condition.ts'
import { unsupported } from './problems.ts'
import { similarName } from './similar-name.ts'

/** An attribute that a query names. */
export interface ResolvedAttribute extends Reference {
  /** Undefined outside the schema: the literal beside it tells. */
  readonly type: AttributeType | undefined
}

/** Names that CEL takes for keywords after a dot as well. */
const keywords = new Set(['in', 'true', 'false', 'null'])

/**
 * The attribute that a node names as `x`, `attributes.x` or `attributes["x"]`; undefined for another kind of node.
 * QUERY_UNKNOWN_ATTRIBUTE for a bare name outside the schema that looks like a misspelt one.
 */
export function resolveAttribute(node: ASTNode, schema: Schema): ResolvedAttribute | undefined {
  if (node.op === 'id') return bare(node, node.args, schema)
  const name = explicitName(node)
  if (name === undefined) return undefined
  checkName(node, name, schema)
  return { attribute: name, reference: explicitReference(name), type: typeOf(name, schema) }
}

/** The type of a pseudo-attribute or of an attribute of the schema. */
export function typeOf(name: string, schema: Schema): AttributeType | undefined {
  return isPseudoAttribute(name) ? 'string' : definitionOf(schema, name)?.type
}

/** QUERY_UNKNOWN_ATTRIBUTE if a name outside the schema is similar to one in it. */
export function checkSpelling(name: string, schema: Schema, position: number): void {
  if (typeOf(name, schema) !== undefined) return
  const suggestion = similarName(name.slice(0, attributeNameLengthMax).toLowerCase(), Object.keys(schema.attributes))
  if (suggestion !== undefined)
    throw new CloudError('QUERY_UNKNOWN_ATTRIBUTE', { attribute: name.slice(0, attributeNameLengthMax), position, suggestion })
}

function bare(node: ASTNode, name: string, schema: Schema): ResolvedAttribute {
  checkSpelling(name, schema, node.start + 1)
  checkName(node, name, schema)
  return { attribute: name, reference: name, type: typeOf(name, schema) }
}

function explicitName(node: ASTNode): string | undefined {
  if (node.op !== '.' && node.op !== '[]') return undefined
  const [object, field] = node.args
  const name = typeof field === 'string' ? field : field.op === 'value' ? field.args : undefined
  if (object.op === 'id' && object.args === 'attributes' && typeof name === 'string') return name
  throw unsupported(node, 'a field of anything but attributes')
}

function checkName(node: ASTNode, name: string, schema: Schema): void {
  if (typeOf(name, schema) !== undefined || isAttributeName(name)) return
  throw unsupported(node, `the attribute name ${name.slice(0, attributeNameLengthMax)}`)
}

function explicitReference(name: string): string {
  return keywords.has(name) ? `attributes["${name}"]` : `attributes.${name}`
}
