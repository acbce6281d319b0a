import { pick, type Random, type Row, type SqlValue, type Store, sample } from '@cloudpeer/core'

/** A table whose rows have keys. */
interface Table {
  readonly store: Store
  readonly name: string
  readonly keys: readonly string[]
  readonly others: readonly string[]
}

/** Puts what is in one row into another of the same table, as a write does that goes astray, for up to `rows` rows of all stores; their number. */
export function misplaceRows(random: Random, stores: readonly Store[], rows: number): number {
  const places = stores.flatMap(tablesOf).flatMap((table) => {
    const all = rowsOf(table)
    return all.length < 2 ? [] : all.map((row, place) => ({ table, row, others: all.toSpliced(place, 1) }))
  })
  const struck = sample(random, places, rows)
  for (const { table, row, others } of struck) put(table, { ...pick(random, others), ...picked(table.keys, row) })
  return struck.length
}

/**
 * Makes up to `rows` rows what they were in an older image of the same store, there or not, as a write does that was never done; their number.
 * Of a store not all that have changed: that would be the older image itself.
 */
export function revertRows(random: Random, pairs: readonly (readonly [store: Store, older: Store])[], rows: number): number {
  const changes = pairs.flatMap(([store, older]) => {
    const all = tablesOf(store).flatMap((table) => changesSince(table, { ...table, store: older }))
    return sample(random, all, Math.max(0, all.length - 1))
  })
  const struck = sample(random, changes, rows)
  for (const { table, before, after } of struck) {
    if (before !== undefined) put(table, before)
    else if (after !== undefined) remove(table, after)
  }
  return struck.length
}

/** One row that is not what it was: undefined where it is not there. */
interface Change {
  readonly table: Table
  readonly after: Row | undefined
  readonly before: Row | undefined
}

function changesSince(table: Table, older: Table): Change[] {
  const [after, before] = [rowsByKey(table), rowsByKey(older)]
  const keys = new Set([...after.keys(), ...before.keys()])
  const changes = [...keys].map((key): Change => ({ table, after: after.get(key), before: before.get(key) }))
  return changes.filter((change) => textOf(table, change.after) !== textOf(table, change.before))
}

function tablesOf(store: Store): Table[] {
  const names = store.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").all()
  return names.flatMap(({ name }) => {
    const columns = store.prepare('SELECT name, pk FROM pragma_table_info(?) ORDER BY cid').all(String(name))
    const keys = columns.filter(({ pk }) => Number(pk) > 0).map((column) => String(column.name))
    const others = columns.filter(({ pk }) => Number(pk) === 0).map((column) => String(column.name))
    return keys.length > 0 && others.length > 0 ? [{ store, name: String(name), keys, others }] : []
  })
}

function rowsOf({ store, name, keys }: Table): Row[] {
  return store.prepare(`SELECT * FROM "${name}" ORDER BY ${quoted(keys).join(', ')}`).all()
}

function rowsByKey(table: Table): ReadonlyMap<string, Row> {
  return new Map(rowsOf(table).map((row) => [JSON.stringify(table.keys.map((key) => row[key])), row]))
}

function put({ store, name, keys, others }: Table, row: Row): void {
  const columns = [...keys, ...others]
  const values = columns.map((column) => row[column] as SqlValue)
  store
    .prepare(`INSERT OR REPLACE INTO "${name}" (${quoted(columns).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`)
    .run(...values)
}

function remove({ store, name, keys }: Table, row: Row): void {
  const where = quoted(keys).map((key) => `${key} = ?`)
  store.prepare(`DELETE FROM "${name}" WHERE ${where.join(' AND ')}`).run(...keys.map((key) => row[key] as SqlValue))
}

function quoted(columns: readonly string[]): readonly string[] {
  return columns.map((column) => `"${column}"`)
}

function picked(columns: readonly string[], row: Row): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column] as SqlValue]))
}

function textOf({ others }: Table, row: Row | undefined): string | undefined {
  return row && JSON.stringify(others.map((column) => plain(row[column] as SqlValue)))
}

function plain(value: SqlValue): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}
