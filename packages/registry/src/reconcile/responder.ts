import { type Clock, present } from '@cloudpeer/core'
import type { ReplyOf, RequestOf } from '@cloudpeer/transport'
import type { HeldShards } from '../replica/held-shards.ts'
import { countThatFits, packRecords } from '../replica/page.ts'
import { pageRowsMax } from '../replica/protocol.ts'
import type { RecordStore } from '../replica/record-store.ts'
import { leftMs, recordId } from '../replica/row.ts'
import type { Shard } from '../shard/shard.ts'
import { answerRanges } from './exchange.ts'
import { type ItemList, keyBytes, keyFrom, keyOf } from './item-list.ts'
import type { copyProtocol, reconcileProtocol } from './protocol.ts'

/** What answering works with. */
export interface ResponderParts {
  readonly clock: Clock
  readonly held: HeldShards
  readonly store: RecordStore
  readonly items: (shard: Shard) => ItemList
  /** At which replicas this node sees a shard. */
  readonly view: (shard: Shard) => Uint8Array
}

/** The answering side of reconciliation. It keeps nothing between two messages. */
export interface Responder {
  reconcile(request: RequestOf<typeof reconcileProtocol>): ReplyOf<typeof reconcileProtocol>
  copy(request: RequestOf<typeof copyProtocol>): ReplyOf<typeof copyProtocol>
}

/** Answers over this node's copies, whether it is complete or not: its answer says which. */
export function createResponder({ clock, held, store, items, view }: ResponderParts): Responder {
  return {
    reconcile: ({ shard, ranges, by = shard }) => ({ ...answerRanges(items(shard), ranges), ready: held.isReady(by), views: view(by) }),

    copy({ shard, from, to, keys }) {
      const wanted = keys && keySet(keys)
      const within = items(shard).within({ from, to })
      const selected = wanted === undefined ? within : within.filter((item) => wanted.has(keyOf(item)))
      const candidates = selected.slice(0, pageRowsMax).map((item) => present(store.get(recordId(item)), 'an item without a copy'))
      const rows = candidates.slice(0, countThatFits(candidates))
      const next = selected[rows.length]
      return {
        rows: packRecords(rows),
        leftMs: rows.map((row) => leftMs(row, clock.now())),
        ...(next && { next: { name: next.name, owner: next.owner } })
      }
    }
  }
}

function keySet(keys: Uint8Array): ReadonlySet<string> {
  const starts = Array.from({ length: Math.floor(keys.length / keyBytes) }, (_, index) => index * keyBytes)
  return new Set(starts.map((start) => keyFrom(keys.subarray(start, start + keyBytes))))
}
