import type { ASTNode } from '@marcbachmann/cel-js'
import { isPseudoAttribute } from '../attributes/attribute-name.ts'
import type { AttributeType, AttributeValue } from '../attributes/attribute-value.ts'
import type { Schema } from '../schema/schema.ts'
import { and, type Condition, constant, not, type Operator, or, type Reference } from './condition.ts'
import { type Literal, literalFrom } from './literal.ts'
import { textNear } from './parse-expression.ts'
import { constructOf, typeMismatch, unsupported } from './problems.ts'
import { type ResolvedAttribute, resolveAttribute } from './resolve-attribute.ts'

/** What a query is read against, and what it was found to mention. */
export interface QueryContext {
  readonly text: string
  readonly schema: Schema
  readonly mentioned: Set<string>
}

/** The operator that says the same with its sides exchanged. */
const mirrored: Readonly<Record<Operator, Operator>> = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

/** The condition that a syntax tree stands for, every comparison checked for its types. */
export function buildCondition(node: ASTNode, context: QueryContext): Condition {
  switch (node.op) {
    case '&&':
      return and(chain(node, '&&').map((operand) => buildCondition(operand, context)))
    case '||':
      return or(chain(node, '||').map((operand) => buildCondition(operand, context)))
    case '!_':
      return negation(node, context)
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(node.op, node.args, context)
    case 'in':
      return membership(node.args, context)
    case 'rcall':
      return prefix(node, node.args, context)
    case 'call':
      return presence(node, node.args, context)
    default:
      return bareOperand(node, context)
  }
}

/** The operands of a run of one operator, in order. The parser nests a run to the left, as deep as it is long. */
function chain(node: ASTNode, op: '&&' | '||'): readonly ASTNode[] {
  const operands: ASTNode[] = []
  let left = node
  while (left.op === op) {
    operands.push(left.args[1])
    left = left.args[0]
  }
  operands.push(left)
  return operands.reverse()
}

function negation(node: ASTNode, context: QueryContext): Condition {
  let inner = node
  let negated = false
  while (inner.op === '!_') {
    inner = inner.args
    negated = !negated
  }
  const condition = buildCondition(inner, context)
  return negated ? not(condition) : condition
}

function comparison(operator: Operator, [left, right]: readonly [ASTNode, ASTNode], context: QueryContext): Condition {
  const first = operandAt(left, context)
  const second = operandAt(right, context)
  if ('attribute' in first && !('attribute' in second)) return attributeComparison(first, operator, second, context)
  if (!('attribute' in first) && 'attribute' in second) return attributeComparison(second, mirrored[operator], first, context)
  throw unsupported(left, `a comparison of two ${'attribute' in first ? 'attributes' : 'literals'}`)
}

function attributeComparison(attribute: ResolvedAttribute, operator: Operator, literal: Literal, context: QueryContext): Condition {
  const value = valueFor(attribute, literal, context)
  if (literal.type === 'boolean' && operator !== '==' && operator !== '!=')
    throw mismatch(literal, operator, 'a number or a string', context)
  return { kind: 'comparison', ...referenceOf(attribute), operator, value }
}

function operandAt(node: ASTNode, context: QueryContext): ResolvedAttribute | Literal {
  return attributeAt(node, context) ?? requireLiteral(node, context)
}

function membership([left, right]: readonly [ASTNode, ASTNode], context: QueryContext): Condition {
  const attribute = attributeAt(left, context)
  if (attribute === undefined) throw unsupported(left, 'anything but an attribute before in')
  if (right.op !== 'list') throw unsupported(right, 'anything but a list of literals after in')
  const literals = right.args.map((item) => requireLiteral(item, context))
  const type = attribute.type ?? listType(literals)
  const values = literals.map((literal) => valueFor({ ...attribute, type }, literal, context))
  return values.length === 0 ? constant(false) : { kind: 'membership', ...referenceOf(attribute), values }
}

/** The type of a list beside an attribute outside the schema. */
function listType([first]: readonly Literal[]): AttributeType | undefined {
  return first?.type === 'int' ? 'double' : first?.type
}

function prefix(
  node: ASTNode,
  [method, receiver, operands]: readonly [string, ASTNode, readonly ASTNode[]],
  context: QueryContext
): Condition {
  const [operand] = operands
  if (method !== 'startsWith' || operand === undefined || operands.length > 1) throw unsupported(node, `the call of ${method.slice(0, 40)}`)
  const attribute = attributeAt(receiver, context)
  if (attribute === undefined) throw unsupported(receiver, 'startsWith of anything but an attribute')
  const literal = requireLiteral(operand, context)
  if (typeof literal.value !== 'string') throw mismatch(literal, 'startsWith', 'string', context)
  return { kind: 'prefix', ...referenceOf(attribute), prefix: valueFor(attribute, literal, context) as string }
}

function presence(node: ASTNode, [name, operands]: readonly [string, readonly ASTNode[]], context: QueryContext): Condition {
  const [operand] = operands
  if (name !== 'has' || operand === undefined || operands.length > 1) throw unsupported(node, `the call of ${name.slice(0, 40)}`)
  const attribute = attributeAt(operand, context)
  if (attribute === undefined) throw unsupported(operand, 'has of anything but an attribute')
  return isPseudoAttribute(attribute.attribute) ? constant(true) : { kind: 'presence', ...referenceOf(attribute) }
}

/** `true`, `false` and boolean attributes are conditions by themselves. */
function bareOperand(node: ASTNode, context: QueryContext): Condition {
  const attribute = attributeAt(node, context)
  if (attribute !== undefined) {
    if (attribute.type === undefined || attribute.type === 'boolean')
      return { kind: 'comparison', ...referenceOf(attribute), operator: '==', value: true }
    throw typeMismatch(node, { operand: attribute.reference, found: attribute.type, wantedBy: 'a condition', expected: 'boolean' })
  }
  const literal = requireLiteral(node, context)
  if (typeof literal.value === 'boolean') return constant(literal.value)
  throw mismatch(literal, 'a condition', 'boolean', context)
}

function attributeAt(node: ASTNode, context: QueryContext): ResolvedAttribute | undefined {
  const attribute = resolveAttribute(node, context.schema)
  if (attribute !== undefined) context.mentioned.add(attribute.attribute)
  return attribute
}

function requireLiteral(node: ASTNode, context: QueryContext): Literal {
  const literal = literalFrom(node, context.text)
  if (literal === undefined) throw unsupported(node, constructOf(node))
  return literal
}

/** The literal's value, which must be of the attribute's type; outside the schema the literal gives the type. */
function valueFor(attribute: ResolvedAttribute, literal: Literal, context: QueryContext): AttributeValue {
  const { type, reference } = attribute
  if (type === undefined || type === literal.type || (type === 'double' && literal.type === 'int')) return literal.value
  if (type === 'int' && Number.isSafeInteger(literal.value)) return literal.value
  throw mismatch(literal, reference, type, context)
}

function mismatch(literal: Literal, wantedBy: string, expected: string, context: QueryContext): Error {
  const operand = textNear(context.text.slice(0, literal.node.end), literal.node.start)
  return typeMismatch(literal.node, { operand, found: literal.type, wantedBy, expected })
}

function referenceOf({ attribute, reference }: ResolvedAttribute): Reference {
  return { attribute, reference }
}
