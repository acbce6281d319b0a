import { median } from './parts/measure.ts'
import { cpuMs } from './parts/probe.ts'
import { attributeValueStore, type Prepare, rowIndexStore, scanStore, wideTableStore } from './parts/stores.ts'
import { workloadQueries, workloadServices } from './parts/workload.ts'

const rounds = 5
/** Queries of one round: SQLite takes milliseconds for some. */
const perRound = 200
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
  for (let round = -1; round < rounds; round++) {
    for (const { finds, rates } of results) {
      const rate = perCpuSecond(finds, Math.max(round, 0) * perRound, limit)
      if (round >= 0) rates.push(rate)
    }
  }
  checkAgreement(limit)
  console.log(`  ${name}`)
  for (const { name: store, rates } of results) {
    const ratio = median(rates.map((rate, round) => rate / (results[0]?.rates[round] as number)))
    console.log(`    ${store.padEnd(42)}${median(rates).toFixed(0).padStart(8)}${ratio.toFixed(3).padStart(8)}`)
  }
}

function perCpuSecond(finds: (typeof prepared)[number]['finds'], from: number, limit: number): number {
  const began = cpuMs()
  for (const find of finds.slice(from, from + perRound)) find(limit)
  return (perRound / (cpuMs() - began)) * 1000
}

/** A fast way that finds something else is none. */
function checkAgreement(limit: number): void {
  for (let index = 0; index < queries.length; index += 50) {
    const [ours, ...others] = prepared.map(({ finds }) => finds[index]?.(limit).join())
    if (others.some((other) => other !== ours)) throw new Error(`the stores disagree about ${queries[index]?.expression}`)
  }
}
