import { fork } from 'node:child_process'
import { once } from 'node:events'
import { seededRandom, sleep } from '@cloudpeer/core'
import { createSigner } from '@cloudpeer/core/identity'
import { systemClock } from '@cloudpeer/core/system'
import { catalogueSchema } from '@cloudpeer/node/dev'
import { foundNetwork } from '@cloudpeer/overlay'
import { type BenchNode, startBenchNode } from './parts/bench-node.ts'
import { echoProtocol } from './parts/echo.ts'
import { comparedMs } from './parts/measure.ts'

const rounds = 30
const perRound = 50
/** Time for a newcomer to see what it is responsible for, in ms. */
const settleMs = 1500

/** One copy, so that the asker can be a node that holds none. */
const registry = { replicas: 1 }

const queries = [
  { matches: 1, limit: 1, expression: 'name == "c5.large.tokyo"', aim: 1.3 },
  { matches: 20, limit: 20, expression: 'location == "tokyo" && vcpus >= 8 && arch == "arm64"', aim: 1.7 }
]

const founderSeed = 1
const founder = createSigner(seededRandom(founderSeed).bytes(32))
const network = foundNetwork({ signer: founder, random: seededRandom(2), name: 'bench', schema: oneShardSchema() })

const replica = fork(new URL('parts/replica-process.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
try {
  replica.send({ seed: founderSeed, body: [...network.body], signature: [...network.signature], registry })
  const [{ address }] = (await once(replica, 'message')) as [{ address: string }]
  const asker = await startAsker(address)
  console.log('a warm query answered by one remote replica, against a bare round trip of the same reply size on the same session')
  for (const { matches, limit, expression, aim } of queries) {
    const query = () => asker.registry.query({ expression, limit })
    const before = bytesRead(asker)
    const answer = await query()
    const bytes = bytesRead(asker) - before
    if (answer.matches.length !== matches || answer.stats.messages !== 2)
      throw new Error(`not one remote replica's ${matches} matches: ${JSON.stringify(answer.stats)}`)
    const echo = () => asker.transport.request(founder.self, echoProtocol, { bytes, padding: new Uint8Array(100) })
    const { subjectMs, baselineMs, ratio } = await comparedMs(rounds, perRound, query, echo)
    console.log(
      `  ${matches} of ${matches}: ${subjectMs.toFixed(3)} ms against ${baselineMs.toFixed(3)} ms: ${ratio.toFixed(2)} (aim ${aim}); reply of ${bytes} bytes`
    )
  }
  await asker.stop()
} finally {
  replica.disconnect()
}

/** Bytes of pages that a node has received so far. */
function bytesRead({ metrics }: BenchNode): number {
  return metrics.sum('cloudpeer_transport_bytes_total', { protocol: '/cloudpeer/registry/read/1', direction: 'received' })
}

/** A node that joins and holds no shard, so that each query goes to the other one: its key decides. */
async function startAsker(address: string): Promise<BenchNode> {
  for (let seed = 100; ; seed++) {
    const asker = await startBenchNode({ seed, network, join: [address], registry })
    while (asker.overlay.servers().length < 2) await sleep(systemClock, 20)
    await sleep(systemClock, settleMs)
    if (asker.registry.status().shards.held === 0) return asker
    await asker.stop()
  }
}

/** The catalogue's schema with nothing indexed: the shard of the names answers every query. */
function oneShardSchema(): object {
  const attributes = Object.entries(catalogueSchema.attributes).map(([name, definition]) => [name, { ...definition, indexed: false }])
  return { ...catalogueSchema, attributes: Object.fromEntries(attributes) }
}
