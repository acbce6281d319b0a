import { CloudError, validator } from '@cloudpeer/core'
import { compareValues, nameLengthMax, type OrderBy, type Subject } from '@cloudpeer/model'
import { type Static, Type } from 'typebox'

/** The subject after which a page begins: name, owner, and the value by which the answer is ordered, where it has one. */
export const positionSchema = Type.Object(
  {
    name: Type.String({ maxLength: nameLengthMax }),
    owner: Type.String({ maxLength: 64 }),
    value: Type.Optional(Type.Union([Type.String({ maxLength: 1024 }), Type.Number(), Type.Boolean()]))
  },
  { additionalProperties: false }
)

/** Where in an ordered answer a page begins: after this subject. It needs no state at any node. */
export type Position = Static<typeof positionSchema>

/** The longest continuation token, in characters. */
export const tokenLengthMax = 4096

const positionValidator = validator(positionSchema)

/** The position of a subject in the order of an answer. */
export function positionOf(subject: Subject, orderBy: OrderBy | undefined): Position {
  const { name, owner } = subject
  const values = orderBy === undefined ? [] : (subject.attributes[orderBy.attribute] ?? [])
  const [first, ...others] = values
  if (first === undefined) return { name, owner }
  const sign = orderBy?.descending ? -1 : 1
  const value = others.reduce((best, other) => (sign * compareValues(other, best) < 0 ? other : best), first)
  return { name, owner, value }
}

/** A subject that stands at the position, to compare others with. */
export function subjectAt({ name, owner, value }: Position, orderBy: OrderBy | undefined): Subject {
  const attributes = orderBy === undefined || value === undefined ? {} : { [orderBy.attribute]: [value] }
  return { name, owner, attributes }
}

/** The continuation token of a position: opaque to its user. */
export function tokenFrom(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** The position that a token stands for. INVALID for anything that is no token. */
export function positionFromToken(token: string): Position {
  try {
    return positionValidator.parse(JSON.parse(Buffer.from(token, 'base64url').toString()))
  } catch {
    throw new CloudError('INVALID', { field: 'after', problem: 'is not the `next` of an earlier answer' })
  }
}
