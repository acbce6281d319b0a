import { DatabaseSync } from 'node:sqlite'
import type { PeerId } from '@cloudpeer/core'
import { type Attributes, compileQuery, parseSchema, type Query } from '@cloudpeer/model'
import { compareIds, isServed, type Row } from '../../../packages/registry/src/replica/row.ts'
import { RowIndex } from '../../../packages/registry/src/replica/row-index.ts'
import { type WorkloadQuery, type WorkloadService, workloadSchema } from './workload.ts'

/** A way for a replica to find rows: the names of the first `limit` matches, in the order of names. */
export type Find = (limit: number) => readonly string[]

/** A store filled with the workload, which prepares a query once and answers it again and again. */
export type Prepare = (query: WorkloadQuery) => Find

/** When the rows are read, and when they end, in ms. */
const now = 0
const deadlineMs = 1

const attributeNames = Object.keys(workloadSchema.attributes)

/** The index that replicas use. */
export function rowIndexStore(services: readonly WorkloadService[]): Prepare {
  const index = new RowIndex()
  for (const row of rowsFrom(services)) index.add(row)
  return (query) => {
    const compiled = compiledQuery(query)
    return (limit) => index.select({ query: compiled, limit, now }).rows.map(({ record }) => record.name)
  }
}

/** Every row in the order of names, judged by the compiled query. */
export function scanStore(services: readonly WorkloadService[]): Prepare {
  const rows = [...rowsFrom(services)].sort((a, b) => compareIds(a.record, b.record))
  return (query) => {
    const compiled = compiledQuery(query)
    return (limit) => {
      const names: string[] = []
      for (const row of rows) {
        if (!isServed(row, now) || !compiled.matches(row.record)) continue
        names.push(row.record.name)
        if (names.length === limit) break
      }
      return names
    }
  }
}

/** SQLite, one row a value, and an EXISTS for each predicate. */
export function attributeValueStore(services: readonly WorkloadService[]): Prepare {
  const database = new DatabaseSync(':memory:')
  database.exec(`
    CREATE TABLE services (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE INDEX services_by_name ON services (name);
    CREATE TABLE facts (attribute TEXT NOT NULL, value NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (attribute, value, id)) WITHOUT ROWID;
    CREATE INDEX facts_by_id ON facts (id, attribute, value)`)
  const service = database.prepare('INSERT INTO services VALUES (?, ?)')
  const fact = database.prepare('INSERT INTO facts VALUES (?, ?, ?)')
  database.exec('BEGIN')
  services.forEach(({ name, attributes }, id) => {
    service.run(id, name)
    for (const [attribute, value] of Object.entries(attributes)) fact.run(attribute, value, id)
  })
  database.exec('COMMIT; ANALYZE')
  const exists = (operator: string): string =>
    `EXISTS (SELECT 1 FROM facts WHERE facts.id = services.id AND attribute = ? AND value ${operator} ?)`
  return preparedBy(
    database,
    'services',
    ({ operator }) => exists(operator),
    ({ attribute, value }) => [attribute, value]
  )
}

/** SQLite, one column an attribute, and for each attribute an index that covers all the others. */
export function wideTableStore(services: readonly WorkloadService[]): Prepare {
  const database = new DatabaseSync(':memory:')
  database.exec(`CREATE TABLE services (name TEXT NOT NULL, ${attributeNames.join(', ')})`)
  for (const first of attributeNames) {
    const others = attributeNames.filter((name) => name !== first)
    database.exec(`CREATE INDEX services_by_${first} ON services (${[first, 'name', ...others].join(', ')})`)
  }
  database.exec(`CREATE INDEX services_by_name ON services (${['name', ...attributeNames].join(', ')}); BEGIN`)
  const insert = database.prepare(`INSERT INTO services VALUES (?, ${attributeNames.map(() => '?').join(', ')})`)
  for (const { name, attributes } of services)
    insert.run(name, ...attributeNames.map((attribute) => attributes[attribute] as string | number))
  database.exec('COMMIT; ANALYZE')
  return preparedBy(
    database,
    'services',
    ({ attribute, operator }) => `${attribute} ${operator} ?`,
    ({ value }) => [value]
  )
}

type Predicate = WorkloadQuery['predicates'][number]

function preparedBy(
  database: DatabaseSync,
  table: string,
  condition: (predicate: Predicate) => string,
  parameters: (predicate: Predicate) => readonly (string | number)[]
): Prepare {
  return ({ predicates }) => {
    const where = predicates.map(condition).join(' AND ')
    const statement = database.prepare(`SELECT name FROM ${table} WHERE ${where} ORDER BY name LIMIT ?`)
    const values = predicates.flatMap(parameters)
    return (limit) => statement.all(...values, limit).map(({ name }) => name as string)
  }
}

const schema = parseSchema(workloadSchema)

function compiledQuery({ expression }: WorkloadQuery): Query {
  return compileQuery(expression, schema)
}

function* rowsFrom(services: readonly WorkloadService[]): Generator<Row> {
  const peer = 'owner' as PeerId
  const owner = { peer, servedFrom: 1, rows: services.length }
  const bytes = new Uint8Array(0)
  for (const { name, attributes: plain } of services) {
    const attributes: Attributes = Object.fromEntries(Object.entries(plain).map(([attribute, value]) => [attribute, [value]]))
    const record = { network: 'bench', owner: peer, name, epoch: 1, seq: 1, ttlMs: 1, deleted: false, attributes, endpoints: [] }
    yield { record, bytes, signature: bytes, owner, deadlineMs, supersedesUntilMs: 0 }
  }
}
