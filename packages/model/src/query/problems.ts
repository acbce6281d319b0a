import { CloudError } from '@cloudpeer/core'
import type { ASTNode } from '@marcbachmann/cel-js'

/** QUERY_UNSUPPORTED at a node: `construct` is what CEL has and the query language has not. */
export function unsupported(node: ASTNode, construct: string): CloudError {
  return new CloudError('QUERY_UNSUPPORTED', { position: node.start + 1, construct })
}

/** QUERY_TYPE at a node: `operand` is what stands there, `wantedBy` what it stands beside. */
export function typeMismatch(node: ASTNode, fields: { operand: string; found: string; wantedBy: string; expected: string }): CloudError {
  return new CloudError('QUERY_TYPE', { position: node.start + 1, ...fields })
}

/** What to call a node that stands where a literal is wanted. */
export function constructOf(node: ASTNode): string {
  switch (node.op) {
    case 'id':
    case '.':
    case '[]':
      return 'an attribute in the place of a literal'
    case 'call':
    case 'rcall':
      return `the call of ${node.args[0].slice(0, 40)}`
    case '?:':
      return 'the conditional ?:'
    case 'list':
    case 'map':
      return `a ${node.op} as an operand`
    case '+':
    case '-':
    case '-_':
    case '*':
    case '/':
    case '%':
      return `arithmetic (${node.op.charAt(0)})`
    default:
      return 'a condition as an operand'
  }
}
