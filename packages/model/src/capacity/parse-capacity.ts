import { CloudError, validator } from '@cloudpeer/core'
import { Type } from 'typebox'
import { isAttributeName } from '../attributes/attribute-name.ts'
import { type Amounts, amountMax, type Capacity, gpuMilliMax, gpusMax, othersMax } from './capacity.ts'

/** The longest name of a GPU's model, in characters. */
export const gpuModelLengthMax = 64

const closed = { additionalProperties: false }
const amountSchema = Type.Integer({ minimum: 0, maximum: amountMax })
const milliSchema = Type.Integer({ minimum: 1, maximum: gpuMilliMax, description: 'thousandths of a GPU' })
const modelSchema = Type.String({ minLength: 1, maxLength: gpuModelLengthMax })

const plain = {
  cpuMilli: Type.Optional(Type.Integer({ minimum: 0, maximum: amountMax, description: 'thousandths of a processor' })),
  memoryMib: Type.Optional(amountSchema),
  diskMib: Type.Optional(amountSchema),
  others: Type.Optional(Type.Record(Type.String(), amountSchema, { maxProperties: othersMax }))
}

/** A {@link Capacity} as people and programs write it: what is left out is 0, a GPU without `milli` is whole. */
export const givenCapacitySchema = Type.Object(
  {
    ...plain,
    gpus: Type.Optional(
      Type.Array(Type.Object({ model: modelSchema, milli: Type.Optional(milliSchema) }, closed), {
        maxItems: gpusMax,
        description: 'each GPU by itself, by its place in the machine; all of it where milli is left out'
      })
    )
  },
  closed
)

/** {@link Amounts} as people and programs write them: what is left out is 0, of GPUs one, all of it, of any model. */
export const givenAmountsSchema = Type.Object(
  {
    ...plain,
    gpu: Type.Optional(
      Type.Object(
        {
          count: Type.Optional(Type.Integer({ minimum: 1, maximum: gpusMax, description: 'different GPUs of one machine' })),
          milli: Type.Optional(milliSchema),
          models: Type.Optional(Type.Array(modelSchema, { maxItems: gpusMax, description: 'those that will do' }))
        },
        closed
      )
    )
  },
  closed
)

const capacityValidator = validator(givenCapacitySchema)
const amountsValidator = validator(givenAmountsSchema)

/** The capacity that plain data stands for: what is left out is 0, a GPU without `milli` is whole. INVALID names the field. */
export function parseCapacity(value: unknown, field = 'capacity'): Capacity {
  const { gpus = [], others, ...amounts } = capacityValidator.parse(value, field)
  return {
    ...parsePlain(amounts),
    gpus: gpus.map(({ model, milli = gpuMilliMax }) => ({ model, milli })),
    others: parseOthers(others, field)
  }
}

/**
 * The amounts that plain data stands for: what is left out is 0, of GPUs one, all of it, of any model. A lease of nothing at all is
 * INVALID like everything else that does not fit, and the field is named.
 */
export function parseAmounts(value: unknown, field = 'amounts'): Amounts {
  const { gpu, others, ...rest } = amountsValidator.parse(value, field)
  const amounts = { ...parsePlain(rest), others: parseOthers(others, field) }
  const isNothing = [amounts.cpuMilli, amounts.memoryMib, amounts.diskMib, ...Object.values(amounts.others)].every((amount) => amount === 0)
  if (gpu === undefined && isNothing) throw new CloudError('INVALID', { field, problem: 'asks for nothing' })
  if (gpu === undefined) return amounts
  return { ...amounts, gpu: { count: gpu.count ?? 1, milli: gpu.milli ?? gpuMilliMax, models: gpu.models ?? [] } }
}

function parsePlain({ cpuMilli = 0, memoryMib = 0, diskMib = 0 }: { cpuMilli?: number; memoryMib?: number; diskMib?: number }) {
  return { cpuMilli, memoryMib, diskMib }
}

/** The names follow the rule of attributes, so that none of them means something to JavaScript. */
function parseOthers(others: Readonly<Record<string, number>> = {}, field: string): Readonly<Record<string, number>> {
  const wrong = Object.keys(others).find((name) => !isAttributeName(name))
  if (wrong !== undefined) {
    throw new CloudError('INVALID', { field: `${field}.others.${wrong.slice(0, 64)}`, problem: 'is not a name that an amount may have' })
  }
  return others
}
