import type { RecordStore } from '../replica/record-store.ts'
import type { Row } from '../replica/row.ts'
import { type Shard, shardHolds, shardId } from '../shard/shard.ts'
import { recordDigest } from './fingerprint.ts'
import { type Item, ItemList } from './item-list.ts'

/** Shards whose list is kept. A peer may ask about shards that no schema has. */
const listsMax = 64

/**
 * The copies of each shard as a set to reconcile. A tombstone has no attributes, so it is in the shard of the names only;
 * whichever other shard still has what it deletes gets to know it, because what arrives is compared with all copies held.
 * A digest is made once a copy, a list once a change of the copies.
 */
export function createShardItems(store: RecordStore): (shard: Shard) => ItemList {
  const items = new WeakMap<Row, Item>()
  const lists = new Map<string, ItemList>()
  let revision = -1

  function itemOf(row: Row): Item {
    const known = items.get(row)
    if (known !== undefined) return known
    const item = { name: row.record.name, owner: row.record.owner, digest: recordDigest(row.bytes) }
    items.set(row, item)
    return item
  }

  function refresh(): void {
    if (revision === store.revision) return
    revision = store.revision
    lists.clear()
  }

  return (shard) => {
    refresh()
    const id = shardId(shard)
    const known = lists.get(id)
    if (known !== undefined) return known
    const list = new ItemList([...store.index.from(undefined)].filter(({ record }) => shardHolds(shard, record.attributes)).map(itemOf))
    if (lists.size >= listsMax) lists.clear()
    lists.set(id, list)
    return list
  }
}
