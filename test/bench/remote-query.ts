import { catalogueSchema, shareOutCatalogue } from '@cloudpeer/node/dev'
import type { BenchNode } from './parts/bench-node.ts'
import { echoProtocol } from './parts/echo.ts'
import { comparedMs } from './parts/measure.ts'
import { startRemotePair } from './parts/remote-pair.ts'

const pairs = 3000

const queries = [
  { matches: 1, limit: 1, expression: 'name == "c5.large.tokyo"', aim: 1.3 },
  { matches: 20, limit: 20, expression: 'location == "tokyo" && vcpus >= 8 && arch == "arm64"', aim: 1.7 }
]

const { asker, replica, stop } = await startRemotePair(catalogueSchema, shareOutCatalogue(1).flat())
console.log('a warm query answered by one remote replica, against a bare round trip of the same reply size on the same session')
for (const { matches, limit, expression, aim } of queries) {
  const query = () => asker.registry.query({ expression, limit })
  const before = bytesRead(asker)
  const answer = await query()
  const bytes = bytesRead(asker) - before
  if (answer.matches.length !== matches || answer.stats.messages !== 2)
    throw new Error(`not one remote replica's ${matches} matches: ${JSON.stringify(answer.stats)}`)
  const echo = () => asker.transport.request(replica, echoProtocol, { bytes, padding: new Uint8Array(100) })
  const { subjectMs, baselineMs, ratio } = await comparedMs(pairs, query, echo)
  console.log(
    `  ${matches} of ${matches}: ${subjectMs.toFixed(3)} ms against ${baselineMs.toFixed(3)} ms: ${ratio.toFixed(2)} (aim ${aim}); reply of ${bytes} bytes`
  )
}
await stop()

/** Bytes of pages that a node has received so far. */
function bytesRead({ metrics }: BenchNode): number {
  return metrics.sum('cloudpeer_transport_bytes_total', { protocol: '/cloudpeer/registry/read/1', direction: 'received' })
}
