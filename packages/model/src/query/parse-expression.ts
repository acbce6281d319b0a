import { CloudError, isCloudError } from '@cloudpeer/core'
import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import { textBytes } from '../attributes/text-bytes.ts'
import { expressionBytesMax, literalsMax, nestingMax, nodesMax } from './limits.ts'

const nearLengthMax = 20

const limits = {
  maxAstNodes: { limit: 'nodesMax', max: nodesMax },
  maxDepth: { limit: 'nestingMax', max: nestingMax },
  maxListElements: { limit: 'literalsMax', max: literalsMax },
  maxMapEntries: { limit: 'literalsMax', max: literalsMax },
  maxCallArguments: { limit: 'literalsMax', max: literalsMax }
} as const

const environment = new Environment({
  homogeneousAggregateLiterals: false,
  limits: {
    maxAstNodes: nodesMax,
    // The whole expression is a level of its own.
    maxDepth: nestingMax + 1,
    maxListElements: literalsMax,
    maxMapEntries: literalsMax,
    maxCallArguments: literalsMax
  }
})

/**
 * The syntax tree of an expression in CEL (the Common Expression Language's specification, langdef.md). QUERY_SYNTAX
 * names the place, QUERY_TOO_COMPLEX the limit; either comes before any work that grows faster than the text.
 */
export function parseExpression(text: string): ASTNode {
  if (text.length > expressionBytesMax || textBytes(text) > expressionBytesMax) {
    throw new CloudError('QUERY_TOO_COMPLEX', { limit: 'expressionBytesMax', max: expressionBytesMax })
  }
  if (!text.isWellFormed())
    throw new CloudError('QUERY_SYNTAX', { position: 1, problem: 'not well-formed Unicode', near: 'a lone surrogate' })
  try {
    return environment.parse(text).ast
  } catch (error) {
    throw error instanceof ParseError ? syntaxError(text, error) : tooManyUnaries(error)
  }
}

/** Whether an expression of right syntax keeps all limits. */
export function isWithinLimits(text: string): boolean {
  try {
    parseExpression(text)
    return true
  } catch (error) {
    if (isCloudError(error, 'QUERY_TOO_COMPLEX')) return false
    throw error
  }
}

/** The text at an offset, short enough to quote. */
export function textNear(text: string, offset: number): string {
  if (offset >= text.length) return 'the end'
  const [line = ''] = text.slice(offset, offset + nearLengthMax).split(/[\r\n]/, 1)
  return line === '' ? 'the end of a line' : line
}

function syntaxError(text: string, error: ParseError): CloudError {
  const offset = error.range?.start ?? 0
  if (error.code === 'limit_exceeded') {
    const exceeded = Object.entries(limits).find(([name]) => error.summary.includes(name))
    return new CloudError('QUERY_TOO_COMPLEX', { ...(exceeded?.[1] ?? limits.maxAstNodes), position: offset + 1 })
  }
  return new CloudError('QUERY_SYNTAX', { position: offset + 1, problem: problemOf(text, offset, error), near: textNear(text, offset) })
}

function problemOf(text: string, offset: number, error: ParseError): string {
  if (text.trim() === '') return 'the query is empty'
  if (offset >= text.length) return 'the query ends too early'
  if (error.code === 'unexpected_character') return text[offset] === '=' ? 'equality is written ==' : 'unexpected text'
  return error.summary.charAt(0).toLowerCase() + error.summary.slice(1)
}

/** The parser counts all nesting but runs of `!` and `-`: only one far above `nodesMax` makes it run out of stack. */
function tooManyUnaries(cause: unknown): CloudError {
  return new CloudError('QUERY_TOO_COMPLEX', limits.maxAstNodes, { cause })
}
