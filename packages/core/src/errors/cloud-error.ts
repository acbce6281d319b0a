import { assert } from '../assert.ts'

/** Plain values that name what was wrong: they travel on the wire and in the API. */
export type ErrorFields = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** What one error code means to the people and programs that meet it. */
export interface ErrorDefinition {
  /** One sentence. `{field}` is replaced by the error's field of that name. */
  readonly message: string
  /** Whether the same operation may succeed if it is tried again later. */
  readonly retry: boolean
  /** Status of an HTTP reply that carries this error. */
  readonly httpStatus: number
}

/** A package's table of error codes. */
export type ErrorTable = Readonly<Record<string, ErrorDefinition>>

const definitions = new Map<string, ErrorDefinition>()
/** The sentences, taken apart at their fields once: peers fail by the thousand. */
const sentences = new Map<string, readonly string[]>()

/** Declares the error codes of a package. A code belongs to one package; codes are never reused or renamed. */
export function defineErrors<T extends ErrorTable>(table: T): T {
  for (const [code, definition] of Object.entries(table)) {
    assert(!definitions.has(code), `error code ${code} is defined twice`)
    definitions.set(code, definition)
    sentences.set(code, definition.message.split(/\{(\w+)\}/))
  }
  return table
}

/** The definition of a code, or undefined for a code that a newer peer may know. */
export function errorDefinition(code: string): ErrorDefinition | undefined {
  return definitions.get(code)
}

/**
 * A failure of an operation: what went wrong as a code from a package's table, and the fields that name it. Expected
 * outcomes are return values, bugs are assertions; this is the third kind. It has no stack: its code and fields say what
 * happened, and to walk the stack would cost more than all else about it where peers fail by the thousand.
 */
export class CloudError extends Error {
  override readonly name = 'CloudError'
  readonly code: string
  readonly fields: ErrorFields

  /** `message` stands for the table's sentence: another process may know a code that this one does not. */
  constructor(code: string, fields: ErrorFields = {}, options?: { cause?: unknown; message?: string }) {
    const depth = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    super(options?.message ?? sentence(code, fields), options)
    Error.stackTraceLimit = depth
    this.code = code
    this.fields = fields
  }

  /** Whether a later attempt may succeed; false for a code that this version does not know. */
  get retry(): boolean {
    return definitions.get(this.code)?.retry ?? false
  }
}

function sentence(code: string, fields: ErrorFields): string {
  const pieces = sentences.get(code)
  if (pieces === undefined) return code
  // Every second piece is the name of a field.
  return pieces.map((piece, index) => (index % 2 === 0 ? piece : String(fields[piece] ?? `{${piece}}`))).join('')
}

/** Whether `error` is a {@link CloudError}, with one of `codes` where any are given. */
export function isCloudError(error: unknown, ...codes: readonly string[]): error is CloudError {
  return error instanceof CloudError && (codes.length === 0 || codes.includes(error.code))
}

/** One line for a log or a terminal, whatever was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
