import { decode, encode, validator } from '@cloudpeer/core'
import type { ReplyOf } from '@cloudpeer/transport'
import { Type } from 'typebox'
import { type Signed, signedSchema } from '../documents/signed-document.ts'
import { type submitProtocol, treeSchema } from './match.ts'

const topicSchema = Type.Union([
  Type.Object({ kind: Type.Literal('offer'), offer: signedSchema }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('tree'), tree: treeSchema }, { additionalProperties: false })
])

const topicValidator = validator(topicSchema)

/** What is published to those who follow a cell of the grid: what an owner has free, or how the cell is split. */
export type CellMessage =
  | { readonly kind: 'offer'; readonly offer: Signed }
  | { readonly kind: 'tree'; readonly tree: ReplyOf<typeof submitProtocol>['trees'][number] }

/** The gossipsub topic of a cell of the grid, by its text. */
export function cellTopic(cell: string): string {
  return `cell/${cell}`
}

/** The bytes of a message of the topic. */
export function encodeCellMessage(message: CellMessage): Uint8Array {
  return encode(message)
}

/** The message that was published. MALFORMED, INVALID. */
export function decodeCellMessage(data: Uint8Array): CellMessage {
  return topicValidator.parse(decode(data, 'topic message'), 'topic message')
}
