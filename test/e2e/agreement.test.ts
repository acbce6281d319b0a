import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { shardsOfSchema } from '@cloudpeer/registry/protocols'
import { type FinalState, finalStateOf } from '../agreement/final-state.ts'
import { type MessageRates, messageRates, totalRate } from '../agreement/message-rates.ts'
import { perform } from '../agreement/perform.ts'
import { createRealNetwork } from '../agreement/real-network.ts'
import { createScript, finalNodes } from '../agreement/script.ts'
import type { Found, ScriptedNetwork } from '../agreement/scripted-network.ts'
import { createSimulatedNetwork } from '../agreement/simulated-network.ts'

const seed = 8
/** Until what the last step set off has been told to everybody, in ms. */
const restMs = 3_000
const realMs = 15_000
/** Simulated time is cheap: here chance evens out. */
const simulatedMs = 300_000
/** How far the rates may be apart, as a share. */
const differenceMax = 0.15

/** What one run of the script came to. */
interface Outcome {
  readonly running: readonly number[]
  readonly answers: readonly Found[]
  readonly state: FinalState
  readonly rates: MessageRates
}

const simulated = createSimulatedNetwork(seed)
const real = createRealNetwork(simulated.identities)
let [inReality, inSimulation]: (Outcome | undefined)[] = []

before(
  async () => {
    inSimulation = await run(simulated, simulatedMs)
    inReality = await run(real, realMs)
  },
  { timeout: 180_000 }
)

after(() => Promise.all([real.end(), simulated.end()]))

test('the script ends with the nodes that it says', () => {
  assert.deepEqual(inSimulation?.running, finalNodes)
  assert.deepEqual(inReality?.running, finalNodes)
})

test('processes and simulated nodes end in the same state: members, services, shards, and every record to the byte', () => {
  assert.deepEqual(inReality?.state, inSimulation?.state)
})

test('they gave the same answers to all queries', () => {
  assert.ok(inSimulation !== undefined && inSimulation.answers.length > 20)
  assert.deepEqual(inReality?.answers, inSimulation.answers)
})

test('at rest they send as many messages', (context) => {
  assert.ok(inReality !== undefined && inSimulation !== undefined)
  const [actual, expected] = [totalRate(inReality.rates), totalRate(inSimulation.rates)]
  context.diagnostic(`${actual.toFixed(3)} messages a second and node, ${expected.toFixed(3)} in the simulator`)
  assert.ok(Math.abs(actual / expected - 1) <= differenceMax, `${actual} against ${expected}`)
})

async function run(network: ScriptedNetwork, countedMs: number): Promise<Outcome> {
  const answers = await perform(createScript(seed), network)
  const state = await finalStateOf(network, shardsOfSchema(simulated.cloud.schema))
  await network.pass(restMs)
  return { running: network.running, answers, state, rates: await messageRates(network, countedMs) }
}
