import type { PeerId } from '@cloudpeer/core'
import type { OrderBy } from '@cloudpeer/model'
import type { VerifiedRecord } from '../record/record.ts'
import type { VerifiedRecords } from '../record/verified-records.ts'
import { unpackRecords } from '../replica/page.ts'
import type { Shard } from '../shard/shard.ts'
import type { Cursor } from './answer-merge.ts'
import { type Position, positionOf } from './position.ts'
import type { ReadContext, ShardReader } from './shard-reader.ts'

/** What is read from one shard. */
export interface ShardCursorInit {
  readonly shard: Shard
  /** The terms of the query that this shard serves. */
  readonly expression: string
  readonly orderBy: OrderBy | undefined
  readonly after: Position | undefined
  /** Rows of one page. */
  readonly pageRows: number
  /** Whether a record belongs into the answer: replicas may omit, but what they send is judged here. */
  readonly accepts: (record: VerifiedRecord) => boolean
}

/** A shard's cursor over whichever of its replicas answer. */
export interface ShardCursor extends Cursor {
  readonly shard: Shard
  /** Whether no replica could be reached. */
  readonly missing: boolean
}

/** Opens a cursor; nothing is asked before its first `fill`. */
export function createShardCursor(init: ShardCursorInit, reader: ShardReader, records: VerifiedRecords, context: ReadContext): ShardCursor {
  const { shard, expression, orderBy, pageRows, accepts } = init
  const order = orderBy && { orderBy: orderBy.descending ? `${orderBy.attribute}:desc` : orderBy.attribute }
  let after = init.after
  let source: PeerId | undefined
  let page: readonly VerifiedRecord[] = []
  let place = 0
  let open = true
  let missing = false

  return {
    shard,
    head: () => page[place],
    advance: () => void place++,
    get open() {
      return open
    },
    get missing() {
      return missing
    },
    async fill() {
      while (open && place >= page.length) {
        const reply = await reader.read(shard, { expression, limit: pageRows, ...order, ...(after && { after }) }, context, source)
        if (reply === undefined) {
          missing = true
          open = false
          return
        }
        source = reply.from
        const opened = unpackRecords(reply.rows).map((signed) => records.open(signed))
        const last = opened.at(-1)
        open = reply.more && last !== undefined
        if (last !== undefined) after = positionOf(last.record, orderBy)
        page = opened.filter(accepts)
        place = 0
      }
    }
  }
}
