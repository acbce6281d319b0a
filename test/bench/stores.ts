import { median } from './parts/measure.ts'
import { cpuMs } from './parts/probe.ts'
import { attributeValueStore, type Find, type Prepare, rowIndexStore, scanStore, wideTableStore } from './parts/stores.ts'
import { workloadQueries, workloadServices } from './parts/workload.ts'

const rounds = 5
/** Queries of one round: SQLite takes milliseconds for some. */
const perRound = 200
/** CPU time that a store is used before it is measured, in ms, and at least once for each query. */
const warmUpMs = 1500
const limits = [
  { name: 'the first 20 matches', limit: 20 },
  { name: 'all matches', limit: 10_000 }
]

const services = workloadServices()
const queries = workloadQueries()
const stores: Readonly<Record<string, Prepare>> = {
  'row index (ours)': rowIndexStore(services),
  'scan with the compiled query': scanStore(services),
  'SQLite, one row a value': attributeValueStore(services),
  'SQLite, one wide table, covering indexes': wideTableStore(services)
}

const prepared = Object.entries(stores).map(([name, prepare]) => ({ name, finds: queries.map(prepare) }))
console.log(`ways to find rows, ${services.length} in memory, in the order of names: queries a CPU second, and as a ratio to ours`)
for (const { name, limit } of limits) {
  const results = prepared.map((store) => ({ ...store, rates: [] as number[] }))
  for (const { finds } of results) warmUp(finds, limit)
  for (let round = 0; round < rounds; round++)
    for (const { finds, rates } of results) rates.push(perCpuSecond(finds.slice(round * perRound, (round + 1) * perRound), limit))
  checkAgreement(limit)
  console.log(`  ${name}`)
  for (const { name: store, rates } of results) {
    const ratio = median(rates.map((rate, round) => rate / (results[0]?.rates[round] as number)))
    console.log(`    ${store.padEnd(42)}${median(rates).toFixed(0).padStart(8)}${ratio.toFixed(3).padStart(8)}`)
  }
}

function warmUp(finds: readonly Find[], limit: number): void {
  const began = cpuMs()
  do perCpuSecond(finds, limit)
  while (cpuMs() - began < warmUpMs)
}

function perCpuSecond(finds: readonly Find[], limit: number): number {
  const began = cpuMs()
  for (const find of finds) find(limit)
  return (finds.length / (cpuMs() - began)) * 1000
}

/** A fast way that finds something else is none. */
function checkAgreement(limit: number): void {
  for (let index = 0; index < queries.length; index += 50) {
    const [ours, ...others] = prepared.map(({ finds }) => finds[index]?.(limit).join())
    if (others.some((other) => other !== ours)) throw new Error(`the stores disagree about ${queries[index]?.expression}`)
  }
}
