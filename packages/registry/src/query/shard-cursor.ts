import type { PeerId } from '@cloudpeer/core'
import type { OrderBy } from '@cloudpeer/model'
import { type Position, positionOf } from '../expression/position.ts'
import type { VerifiedRecord } from '../record/record.ts'
import type { Shard } from '../shard/shard.ts'
import type { Cursor } from './answer-merge.ts'
import type { PageSource, ReadContext } from './shard-reader.ts'

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

/** A cursor over the pages of one shard. */
export interface ShardCursor extends Cursor {
  readonly shard: Shard
  /** Whether its source could not be reached. */
  readonly missing: boolean
  /** The replica that answered last. */
  readonly from: PeerId | undefined
  /** At which replicas the one that answered first saw the shard. */
  readonly views: Uint8Array | undefined
}

/** Opens a cursor; nothing is asked before its first `fill`. */
export function createShardCursor(init: ShardCursorInit, source: PageSource, context: ReadContext): ShardCursor {
  const { shard, expression, orderBy, pageRows, accepts } = init
  const order = orderBy && { orderBy: orderBy.descending ? `${orderBy.attribute}:desc` : orderBy.attribute }
  let after = init.after
  let page: readonly VerifiedRecord[] = []
  let place = 0
  let open = true
  let missing = false
  let from: PeerId | undefined
  let views: Uint8Array | undefined

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
    get from() {
      return from
    },
    get views() {
      return views
    },
    async fill() {
      while (open && place >= page.length) {
        const reply = await source({ expression, limit: pageRows, ...order, ...(after && { after }) }, context)
        if (reply === undefined) {
          missing = true
          open = false
          return
        }
        const last = reply.records.at(-1)
        open = reply.more && last !== undefined
        if (last !== undefined) after = positionOf(last.record, orderBy)
        views = from === undefined ? reply.views : views
        from = reply.from
        page = reply.records.filter(accepts)
        place = 0
      }
    }
  }
}
