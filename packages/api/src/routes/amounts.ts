import type { givenAmountsSchema, givenCapacitySchema } from '@cloudpeer/model'
import { type Static, Type } from 'typebox'
import type { Immutable } from '../route.ts'

const amount = Type.Integer({ minimum: 0 })

const plain = {
  cpuMilli: Type.Integer({ minimum: 0, description: 'thousandths of a processor' }),
  memoryMib: amount,
  diskMib: amount,
  others: Type.Record(Type.String(), amount, { description: 'whatever else the operator declares, by name' })
}

/** What a machine is to offer, as a caller gives it. */
export type GivenCapacity = Immutable<Static<typeof givenCapacitySchema>>

/** What a caller asks for. */
export type GivenAmounts = Immutable<Static<typeof givenAmountsSchema>>

/** What a machine has, or what of it is free. */
export const capacitySchema = Type.Object({
  ...plain,
  gpus: Type.Array(Type.Object({ model: Type.String(), milli: amount }), { description: 'by their place in the machine' })
})

/** See {@link capacitySchema}. */
export type CapacityAmounts = Immutable<Static<typeof capacitySchema>>

/** What each lease of a request is to give. */
export const requestAmountsSchema = Type.Object({
  ...plain,
  gpu: Type.Optional(Type.Object({ count: amount, milli: amount, models: Type.Array(Type.String()) }))
})

/** See {@link requestAmountsSchema}. */
export type RequestAmounts = Immutable<Static<typeof requestAmountsSchema>>

/** What a lease takes of its owner's machine. */
export const allocationSchema = Type.Object({
  ...plain,
  gpus: Type.Array(Type.Object({ place: amount, milli: amount }), { description: 'GPUs by their place in the machine' })
})

/** See {@link allocationSchema}. */
export type Allocation = Immutable<Static<typeof allocationSchema>>
