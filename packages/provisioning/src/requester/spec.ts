import { encode, equalBytes, type Validator, validator } from '@cloudpeer/core'
import { type CompiledQueries, expressionBytesMax, parseAmounts } from '@cloudpeer/model'
import { type TSchema, Type } from 'typebox'
import { durationSchema } from '../documents/offer.ts'
import { countMax, priorityMax } from '../documents/request.ts'
import type { RequestSpec } from '../provisioning.ts'

/** What somebody asks for, checked, with what was left out. */
export type CheckedSpec = Required<Omit<RequestSpec, NoDefault>> & Pick<RequestSpec, NoDefault>
type NoDefault = 'deadlineMs' | 'durationMs' | 'idempotencyKey'

/** The priority of a request that names none. */
const priorityDefault = 4
/** Characters of the key of a request that may be sent twice. */
const keyLengthMax = 64

const specValidator: Validator<TSchema> = validator(
  Type.Object(
    {
      expression: Type.String({ minLength: 1, maxLength: expressionBytesMax }),
      amounts: Type.Unknown(),
      count: Type.Optional(Type.Integer({ minimum: 1, maximum: countMax })),
      gang: Type.Optional(Type.Boolean()),
      priority: Type.Optional(Type.Integer({ minimum: 0, maximum: priorityMax })),
      deadlineMs: Type.Optional(durationSchema),
      durationMs: Type.Optional(durationSchema),
      mayRelax: Type.Optional(Type.Boolean()),
      idempotencyKey: Type.Optional(Type.String({ minLength: 1, maxLength: keyLengthMax, pattern: '^[ -~]*$' }))
    },
    { additionalProperties: false }
  )
)

/** Checks what somebody asks for. INVALID, naming the field, and the errors of `compileQuery`. */
export function checkSpec(asked: RequestSpec, queries: CompiledQueries): CheckedSpec {
  const spec = specValidator.parse(asked) as RequestSpec
  queries.compile(spec.expression)
  return {
    count: 1,
    gang: false,
    priority: priorityDefault,
    mayRelax: false,
    ...spec,
    amounts: parseAmounts(spec.amounts)
  }
}

/** Whether the same is asked for: what was left out is what it stands for. */
export function isSame(one: CheckedSpec, other: CheckedSpec): boolean {
  return equalBytes(encode(one), encode(other))
}
