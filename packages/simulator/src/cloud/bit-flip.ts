import type { Random, SqlValue, Store } from '@cloudpeer/core'

/** One value of a BLOB column, not empty. */
export interface Cell {
  readonly store: Store
  readonly table: string
  readonly column: string
  /** Columns and values that say which row. */
  readonly row: readonly (readonly [column: string, value: SqlValue])[]
}

/** Every value of a store in which a bit can be flipped, tables and columns by name, rows by key. */
export function flippableCells(store: Store): Cell[] {
  const tables = store.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").all()
  return tables.flatMap(({ name }) => cellsOf(store, String(name)))
}

/** Flips one bit where chance says, as a worn-out or misdirected write does. */
export function flipBit(random: Random, { store, table, column, row }: Cell): void {
  const where = row.map(([key]) => `"${key}" = ?`).join(' AND ')
  const key = row.map(([, value]) => value)
  const bytes = store.prepare(`SELECT "${column}" AS bytes FROM "${table}" WHERE ${where}`).get(...key)?.bytes as Uint8Array
  const place = random.integer(bytes.length)
  bytes[place] = (bytes[place] as number) ^ (1 << random.integer(8))
  store.prepare(`UPDATE "${table}" SET "${column}" = ? WHERE ${where}`).run(bytes, ...key)
}

function cellsOf(store: Store, table: string): Cell[] {
  const columns = store.prepare('SELECT name, type, pk FROM pragma_table_info(?) ORDER BY name').all(table)
  const keys = columns.filter(({ pk }) => Number(pk) > 0).map(({ name }) => String(name))
  const key = keys.length > 0 ? keys : ['rowid']
  const selected = key.map((name) => `"${name}"`).join(', ')
  return columns
    .filter(({ type }) => type === 'BLOB')
    .flatMap(({ name: column }) =>
      store
        .prepare(`SELECT ${selected} FROM "${table}" WHERE length("${column}") > 0 ORDER BY ${selected}`)
        .all()
        .map((row) => ({ store, table, column: String(column), row: key.map((name) => [name, row[name] as SqlValue] as const) }))
    )
}
