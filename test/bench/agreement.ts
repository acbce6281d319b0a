import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SimulatedNode } from '@cloudpeer/simulator'
import { messageRates, totalRate } from '../agreement/message-rates.ts'
import { perform } from '../agreement/perform.ts'
import { createRealNetwork } from '../agreement/real-network.ts'
import { createScript } from '../agreement/script.ts'
import type { ScriptedNetwork } from '../agreement/scripted-network.ts'
import { createSimulatedNetwork } from '../agreement/simulated-network.ts'
import { countStreamsIn, readStreamCounts, type StreamCounts } from './parts/stream-counts.ts'

/**
 * Messages that processes send against those that simulated nodes send: while one script is performed on both, and at rest after it.
 * A busy machine makes nodes suspect each other, which adds refutations, and with them gossip, that the simulation has no reason for.
 */
const seed = 8
/** Until what the last step set off has been told to everybody, in ms. */
const restMs = 5_000
const realMs = 60_000
/** Simulated time is cheap: here chance evens out. */
const simulatedMs = 600_000

const streamTexts = [
  ['kad', 'kad-dht, which is an oracle there'],
  ['gossip', 'gossipsub, with control'],
  ['gossipData', 'gossipsub, published messages']
] as const

const directory = mkdtempSync(join(tmpdir(), 'cloudpeer-bench-'))
countStreamsIn(directory)
const simulated = createSimulatedNetwork(seed)
const real = createRealNetwork(simulated.identities)
const everyNode: SimulatedNode[] = []
simulated.cloud.onNode((node) => void everyNode.push(node))
try {
  const [expected, actual] = [
    await run(simulated, simulatedMs, simulatedStreams),
    await run(real, realMs, () => readStreamCounts(directory))
  ]
  console.log('messages a second and node at rest, 14 nodes: real, simulated, ratio')
  for (const protocol of [...new Set([...actual.rates.keys(), ...expected.rates.keys()])].sort())
    show(protocol, actual.rates.get(protocol) ?? 0, expected.rates.get(protocol) ?? 0)
  show('all own protocols (aim 0.85 to 1.15)', totalRate(actual.rates), totalRate(expected.rates))
  for (const [name, text] of streamTexts) show(text, actual.atRest[name], expected.atRest[name])
  console.log('messages of the whole script, start-up included: real, simulated, ratio')
  for (const [name, text] of streamTexts) show(text, actual.script[name], expected.script[name], 0)
} finally {
  await real.end()
  rmSync(directory, { recursive: true, force: true })
}
process.exit(0)

async function run(network: ScriptedNetwork, countedMs: number, streams: () => StreamCounts) {
  await perform(createScript(seed), network)
  await network.pass(restMs)
  const script = streams()
  const rates = await messageRates(network, countedMs)
  const after = streams()
  const nodeSeconds = (network.running.length * countedMs) / 1000
  const rate = (name: keyof StreamCounts): number => (after[name] - script[name]) / nodeSeconds
  return { rates, script, atRest: { kad: rate('kad'), gossip: rate('gossip'), gossipData: rate('gossipData') } }
}

/** Of the deliveries those that are no request and no reply: there is no control, and routing sends nothing. */
function simulatedStreams(): StreamCounts {
  const received = (sum: number, { metrics }: SimulatedNode): number =>
    sum + metrics.sum('cloudpeer_transport_messages_total', { direction: 'received' })
  const topics = simulated.cloud.network.deliveries - everyNode.reduce(received, 0)
  return { kad: 0, gossip: topics, gossipData: topics }
}

function show(name: string, actual: number, expected: number, digits = 3): void {
  const ratio = expected > 0 ? (actual / expected).toFixed(2) : '-'
  console.log(`  ${name.padEnd(40)}${actual.toFixed(digits).padStart(10)}${expected.toFixed(digits).padStart(10)}${ratio.padStart(8)}`)
}
