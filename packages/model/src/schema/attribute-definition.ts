import type { AttributeType, AttributeValue } from '../attributes/attribute-value.ts'

/** What a network knows about one attribute. */
export interface AttributeDefinition {
  readonly type: AttributeType
  /** The unit of its numbers, for people. */
  readonly unit?: string
  readonly description?: string
  /** The smallest value, for numbers. */
  readonly min?: number
  /** The largest value, for numbers. */
  readonly max?: number
  /** The only values, where the domain is closed. */
  readonly values?: readonly AttributeValue[]
  /** A static attribute changes with its service, a dynamic one while it runs. */
  readonly class: 'static' | 'dynamic'
  /** Whether shards are kept of it. */
  readonly indexed: boolean
  /** How much it counts in a relaxed search, from 0 to 1. */
  readonly weight: number
}
