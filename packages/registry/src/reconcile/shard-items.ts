import type { ServiceRecord } from '../record/record.ts'
import type { RecordStore } from '../replica/record-store.ts'
import type { Row } from '../replica/row.ts'
import { type Shard, shardHolds, shardId } from '../shard/shard.ts'
import { recordDigest } from './fingerprint.ts'
import { type Item, ItemList } from './item-list.ts'

/** What stands for each record, for all who hold it: a record that was verified does not change. */
const items = new WeakMap<ServiceRecord, Item>()

/** Shards whose list is kept. A peer may ask about shards that no schema has. */
const listsMax = 64

/**
 * The copies of each shard as a set to reconcile. A tombstone has no attributes, so it is in the shard of the names only;
 * whichever other shard still has what it deletes gets to know it, because what arrives is compared with all copies held.
 * A digest is made once a record, a list once a change of the copies.
 */
export function createShardItems(store: RecordStore): (shard: Shard) => ItemList {
  const lists = new Map<string, ItemList>()
  let revision = -1

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

function itemOf({ record, bytes }: Row): Item {
  const known = items.get(record)
  if (known !== undefined) return known
  const item = { name: record.name, owner: record.owner, digest: recordDigest(bytes) }
  items.set(record, item)
  return item
}
