import type { Subject } from '@cloudpeer/model'
import type { ASTNode } from '@marcbachmann/cel-js'

type Value = string | number | boolean

/** What an expression says of a subject, read off CEL's own syntax tree: the specification that compiled queries are held to. */
export function naiveMatches(node: ASTNode, subject: Subject): boolean {
  switch (node.op) {
    case '&&':
      return naiveMatches(node.args[0], subject) && naiveMatches(node.args[1], subject)
    case '||':
      return naiveMatches(node.args[0], subject) || naiveMatches(node.args[1], subject)
    case '!_':
      return !naiveMatches(node.args, subject)
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return isLiteral(node.args[0])
        ? valuesOf(node.args[1], subject).some((value) => holds(literal(node.args[0]), node.op, value))
        : valuesOf(node.args[0], subject).some((value) => holds(value, node.op, literal(node.args[1])))
    case 'in': {
      const listed = (node.args[1].args as ASTNode[]).map(literal)
      return valuesOf(node.args[0], subject).some((value) => listed.includes(value))
    }
    case 'rcall': {
      const prefix = literal(node.args[2][0] as ASTNode) as string
      return valuesOf(node.args[1], subject).some((value) => typeof value === 'string' && value.startsWith(prefix))
    }
    case 'call':
      return valuesOf(node.args[1][0] as ASTNode, subject).length > 0
    case 'value':
      return node.args as boolean
    default:
      return valuesOf(node, subject).includes(true)
  }
}

function holds(a: Value, operator: string, b: Value): boolean {
  if (typeof a !== typeof b) return false
  if (operator === '==') return a === b
  if (operator === '!=') return a !== b
  if (operator === '<') return a < b
  if (operator === '<=') return a <= b
  return operator === '>' ? a > b : a >= b
}

function isLiteral(node: ASTNode): boolean {
  return node.op === 'value' || node.op === '-_'
}

function literal(node: ASTNode): Value {
  if (node.op === '-_') return -Number(node.args.args)
  return typeof node.args === 'bigint' ? Number(node.args) : (node.args as Value)
}

function valuesOf(node: ASTNode, subject: Subject): readonly Value[] {
  const name = node.op === 'id' ? node.args : node.op === '.' ? node.args[1] : ((node.args as ASTNode[])[1]?.args as string)
  if (name === 'name' || name === 'owner') return [subject[name]]
  return subject.attributes[name] ?? []
}
