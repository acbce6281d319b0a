import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { CloudError } from '../errors/cloud-error.ts'

/** A schema for at least `min` and at most `max` bytes. */
export function bytesSchema(max: number, min = 0): Type.TUnsafe<Uint8Array> {
  return Type.Refine(
    Type.Unsafe<Uint8Array>({}),
    (value) => value instanceof Uint8Array && value.length >= min && value.length <= max,
    () => (min === max ? `must be ${max} bytes` : `must be ${min} to ${max} bytes`)
  )
}

/** Checks values from outside against one schema. */
export interface Validator<S extends TSchema> {
  /** Whether the value fits. */
  matches(value: unknown): value is Static<S>
  /** The value with its type; INVALID, naming the field by its path below `field`, otherwise. */
  parse(value: unknown, field?: string): Static<S>
}

/** Compiles a schema once; checks are fast from then on. */
export function validator<S extends TSchema>(schema: S): Validator<S> {
  const compiled = Compile(schema)
  const matches = (value: unknown): value is Static<S> => compiled.Check(value)
  return {
    matches,
    parse(value, field = '') {
      if (matches(value)) return value
      throw invalid(compiled.Errors(value) as readonly SchemaProblem[], field)
    }
  }
}

interface SchemaProblem {
  readonly keyword: string
  readonly instancePath: string
  readonly message: string
  readonly params: Readonly<Record<string, unknown>>
}

/** INVALID with the place and the reason of the first problem that tells most. */
function invalid(problems: readonly SchemaProblem[], field: string): CloudError {
  const problem = problems.find(({ keyword }) => keyword !== 'boolean' && keyword !== 'anyOf') ?? problems[0]
  if (problem === undefined) return new CloudError('INVALID', { field, problem: 'does not fit its schema' })
  const path = joinPath(field, problem.instancePath)
  const unknown = problem.keyword === 'additionalProperties' ? problem.params.additionalProperties : undefined
  if (Array.isArray(unknown) && unknown.length > 0) {
    return new CloudError('INVALID', { field: joinPath(path, `/${String(unknown[0])}`), problem: 'is not a known field' })
  }
  return new CloudError('INVALID', { field: path || 'value', problem: problem.message })
}

function joinPath(field: string, pointer: string): string {
  const steps = pointer.split('/').slice(1)
  return steps.reduce((path, step) => (/^\d+$/.test(step) ? `${path}[${step}]` : path === '' ? step : `${path}.${step}`), field)
}
