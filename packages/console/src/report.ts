import { CloudError, errorMessage, isCloudError } from '@cloudpeer/core'
import { pointAt } from '@cloudpeer/model'
import { CommanderError } from 'commander'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { hasColors, type Io, write } from './io.ts'
import { createPaint } from './output/paint.ts'
import { printable } from './output/text.ts'

/** What the command line, not a file, puts into a request: if a node calls it invalid, the call is wrong. */
const commandLineFields =
  /^(name|id|expression|orderBy|order by|(amounts|total|attributes|count|gang|priority|deadlineMs|durationMs)(\..*)?)$/

/** Tells on stderr what went wrong and what can be done, as lines or as one JSON document, and gives the exit code. */
export async function reportFailure(thrown: unknown, json: boolean, io: Io): Promise<ExitCode> {
  const error = failureFrom(thrown)
  await write(io.stderr, json ? jsonText(error) : lines(error, io))
  return isUsage(error) ? exitCodes.usage : exitCodes.failed
}

function isUsage({ code, fields }: CloudError): boolean {
  return code === 'USAGE' || code.startsWith('QUERY_') || (code === 'INVALID' && commandLineFields.test(String(fields.field)))
}

function failureFrom(thrown: unknown): CloudError {
  if (thrown instanceof CloudError) return thrown
  if (thrown instanceof CommanderError) return usageFrom(thrown)
  return new CloudError('INTERNAL', {}, { cause: thrown, message: `internal error: ${errorMessage(thrown)}` })
}

/** Commander's sentences begin with `error: ` and may end with a suggestion in brackets. */
function usageFrom({ code, message }: CommanderError): CloudError {
  if (code === 'commander.help') {
    return new CloudError('USAGE', { problem: 'the command is missing or unknown', hint: 'add --help to see which there are' })
  }
  const [problem = '', suggestion] = message.replace(/^error: /, '').split('\n')
  const hint = suggestion?.replace(/^\(Did you mean (.*)\?\)$/, 'did you mean $1?') ?? 'add --help to see what is understood'
  return new CloudError('USAGE', { problem, hint })
}

function jsonText(error: CloudError): string {
  const hint = hintFor(error)
  return `${JSON.stringify({ error: { ...error.fields, code: error.code, message: error.message, ...(hint && { hint }) } }, null, 2)}\n`
}

function lines(error: CloudError, io: Io): string {
  const paint = createPaint(hasColors(io.stderr, io.env))
  const hint = hintFor(error)
  const text = [`${paint.bad('error:')} ${printable(error.message)}`]
  const place = placeInExpression(error)
  if (place !== undefined) text.push(place)
  if (hint !== undefined) text.push(`${paint.heading('hint:')} ${printable(hint)}`)
  return `${text.join('\n')}\n`
}

/** The expression with a caret, unless the position counts in the text of `--order-by`: there the attribute differs. */
function placeInExpression({ fields: { expression, position, attribute = '' } }: CloudError): string | undefined {
  if (typeof expression !== 'string' || typeof position !== 'number') return undefined
  return expression.startsWith(String(attribute), position - 1) ? pointAt(expression, position) : undefined
}

/** What the person at the terminal can do about it, where there is something. */
function hintFor(error: CloudError): string | undefined {
  const { hint, suggestion, registered, kind, url, idempotencyKey } = error.fields
  if (typeof hint === 'string') return hint
  if (typeof suggestion === 'string') return `did you mean ${suggestion}?`
  if (typeof registered === 'number') return `the first ${registered} services stand; correct the file and register it again`
  if (typeof idempotencyKey === 'string') return `whether it was taken is not known; ask again, with --key ${idempotencyKey}`
  if (error.code === 'API_UNREACHABLE') return 'is a node running? start one with: cloudpeer start'
  if (error.code === 'API_UNEXPECTED') return `is ${url} a node of this version? give another with --api`
  if (error.code === 'REQUEST_UNKNOWN') return 'see what there is: cloudpeer request list'
  if (error.code === 'IDEMPOTENCY_KEY_REUSED') return `see what it asks for: cloudpeer request show ${error.fields.request}`
  if (error.code === 'LEASE_UNKNOWN') return 'see what there is: cloudpeer lease list'
  if (error.code === 'NOT_OWNER') return 'if this node has it, give it back with: cloudpeer lease release'
  if (error.code === 'CAPACITY_IN_USE')
    return 'see what is leased: cloudpeer lease list; have them end with: cloudpeer capacity drain --end-leases'
  if (isCloudError(error, 'NOT_FOUND') && kind === 'service') return 'see what there is: cloudpeer service list, or cloudpeer query'
  if (error.code.startsWith('QUERY_')) return 'the language is explained by: cloudpeer query --help'
  return error.retry ? 'this may pass: try again' : undefined
}
