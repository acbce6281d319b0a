import type { Attributes, AttributeValue, Schema } from '@cloudpeer/model'
import { Type } from 'typebox'

/**
 * A part of the index: the records that have a value of `attribute` in the range from `low` (included) to `high`
 * (excluded). An absent end is open. The pseudo-attribute `name` holds every record.
 */
export interface Shard {
  readonly attribute: string
  readonly low?: AttributeValue
  readonly high?: AttributeValue
}

/** The attribute whose shards hold every record: they serve what no indexed attribute can. */
export const nameAttribute = 'name'

const boundSchema = Type.Optional(Type.Union([Type.String({ maxLength: 1024 }), Type.Number(), Type.Boolean()]))

/** A shard on the wire. */
export const shardSchema = Type.Object(
  { attribute: Type.String({ minLength: 1, maxLength: 64 }), low: boundSchema, high: boundSchema },
  { additionalProperties: false }
)

/** The text by which people and errors name a shard: `vcpus:..` is all of an attribute, `vcpus:8..64` a part. */
export function shardId({ attribute, low, high }: Shard): string {
  return `${attribute}:${boundText(low)}..${boundText(high)}`
}

/** The key whose responsible nodes hold a shard. */
export function shardKey(network: string, shard: Shard): string {
  return `cloudpeer/shard/${network}/${shardId(shard)}`
}

/** All shards of a network with this schema, the one of the names first. An attribute is one shard. */
export function shardsOfSchema(schema: Schema): readonly Shard[] {
  const indexed = Object.entries(schema.attributes).filter(([, definition]) => definition.indexed)
  return [nameAttribute, ...indexed.map(([attribute]) => attribute)].map((attribute) => ({ attribute }))
}

/** Whether a record with these attributes has a value in the shard's range. */
export function shardHolds(shard: Shard, attributes: Attributes): boolean {
  return shard.attribute === nameAttribute || attributes[shard.attribute] !== undefined
}

function boundText(bound: AttributeValue | undefined): string {
  return bound === undefined ? '' : JSON.stringify(bound)
}
