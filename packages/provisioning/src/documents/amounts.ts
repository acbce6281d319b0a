import { amountMax, gpusMax, othersMax } from '@cloudpeer/model'
import { Type } from 'typebox'

/** Characters of the name of a GPU's model, and of another amount. */
const nameMax = 64

const closed = { additionalProperties: false }
const amountSchema = Type.Integer({ minimum: 0, maximum: amountMax })
const milliSchema = Type.Integer({ minimum: 1, maximum: 1000 })
const nameSchema = Type.String({ minLength: 1, maxLength: nameMax })
const othersSchema = Type.Record(nameSchema, amountSchema, { maxProperties: othersMax })
const plain = { cpuMilli: amountSchema, memoryMib: amountSchema, diskMib: amountSchema, others: othersSchema }

/** A {@link Capacity} on the wire; a GPU of which nothing is free has 0 milli. */
export const capacitySchema = Type.Object(
  {
    ...plain,
    gpus: Type.Array(
      Type.Object({ model: Type.String({ maxLength: nameMax }), milli: Type.Integer({ minimum: 0, maximum: 1000 }) }, closed),
      {
        maxItems: gpusMax
      }
    )
  },
  closed
)

/** {@link Amounts} on the wire. */
export const amountsSchema = Type.Object(
  {
    ...plain,
    gpu: Type.Optional(
      Type.Object(
        {
          count: Type.Integer({ minimum: 1, maximum: gpusMax }),
          milli: milliSchema,
          models: Type.Array(nameSchema, { maxItems: gpusMax })
        },
        closed
      )
    )
  },
  closed
)

/** An {@link Allocation} on the wire. */
export const allocationSchema = Type.Object(
  {
    ...plain,
    gpus: Type.Array(Type.Object({ place: Type.Integer({ minimum: 0, maximum: gpusMax - 1 }), milli: milliSchema }, closed), {
      maxItems: gpusMax
    })
  },
  closed
)
