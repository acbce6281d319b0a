import { cpuShares } from './parts/cpu-shares.ts'
import { inTurn, ratePerSecond } from './parts/measure.ts'
import { profileOf } from './parts/probe.ts'
import { connectSession } from './parts/session-client.ts'
import { startWholeNode } from './parts/whole-node.ts'
import { workloadQueries, workloadServices } from './parts/workload.ts'

const inFlight = 16
const warmUpMs = 3000
const profileMs = 3000

const node = await startWholeNode()
const session = await connectSession(node)
const nextQuery = inTurn(workloadQueries().map(({ expression }) => expression))
const nextService = inTurn(workloadServices())

console.log(`where the time of a node goes, ${inFlight} requests in flight: shares of its busy time`)
await show('query 20, session', () => session.query({ expression: nextQuery(), limit: 20 }))
await show('query 20, HTTP', () => node.http.post('/v1/query', { expression: nextQuery(), limit: 20 }))
await show('register, HTTP', () => node.http.post('/v1/services', { services: [nextService()] }))
await session.stop()
await node.stop()

async function show(name: string, run: () => Promise<unknown>): Promise<void> {
  await ratePerSecond(inFlight, warmUpMs, run)
  const shares = cpuShares(await profileOf(node.child, () => ratePerSecond(inFlight, profileMs, run)))
  console.log(`  ${name.padEnd(20)}${shares.map(([part, share]) => `${part} ${(share * 100).toFixed(1)} %`).join(', ')}`)
}
