import { CloudError, cloudErrorFromWire, type ErrorFields, errorDefinition, validator, wireErrorFrom } from '@cloudpeer/core'
import { type Static, Type } from 'typebox'

/** The media type of {@link Problem} documents (RFC 9457, section 3). */
export const problemMediaType = 'application/problem+json'

/** An error in HTTP (RFC 9457): the standard members, the code, and the fields of the error beside them. */
export const problemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:cloudpeer:error:<code>' }),
    title: Type.String({ description: 'the code in words' }),
    status: Type.Integer({ description: 'the HTTP status of the reply', minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'one sentence for people' }),
    code: Type.String({ description: 'what programs decide by; further members name what was wrong' })
  },
  { title: 'Problem' }
)

/** See {@link problemSchema}. A field of the error that has a standard member's name is only in `detail`. */
export type Problem = Static<typeof problemSchema> & ErrorFields

/** The most characters that are read of a document's sentence. */
export const detailLengthMax = 4096

/** Checks problem documents. */
export const problemValidator = validator(problemSchema)

/** The document of an error; anything but a CloudError becomes INTERNAL and tells nothing more. */
export function problemFrom(error: unknown): Problem {
  const { code, ...fields } = wireErrorFrom(error)
  const known = error instanceof CloudError ? error : new CloudError(code)
  return {
    ...fields,
    type: `urn:cloudpeer:error:${code}`,
    title: titleFrom(code),
    status: errorDefinition(code)?.httpStatus ?? 500,
    detail: known.message,
    code
  }
}

/** The error that a document tells of, with the sentence of the node that wrote it. */
export function errorFromProblem(problem: Problem): CloudError {
  const { type: _type, title: _title, status: _status, detail, ...wire } = problem
  const { code, fields } = cloudErrorFromWire(wire)
  return new CloudError(code, fields, { message: detail.slice(0, detailLengthMax) })
}

function titleFrom(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
