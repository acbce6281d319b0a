import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { seededRandom } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import { createQueryGenerator, createRecordGenerator, createSimulatedCloud, workloadSchema } from '@cloudpeer/simulator'

/** A small cloud's life: what its queries answered, how much was said for that, and the trace. */
async function live(passes: 'bytes' | 'values') {
  const cloud = createSimulatedCloud({ seed: 5, schema: workloadSchema, passes, lossShare: 0.01 })
  const { time, schema, network } = cloud
  const nodes = await cloud.grow(8)
  const generate = createRecordGenerator(seededRandom(1))
  const services = Array.from({ length: 40 }, (_, index) => generate(`service-${index}`))
  await time.settle(Promise.all(services.map((service, index) => nodes[index % 8]?.registry.register([parseDescription(service, schema)]))))
  const next = createQueryGenerator(seededRandom(2), services)
  const answers: string[][] = []
  for (let index = 0; index < 40; index++) {
    const { matches } = await time.settle((nodes[index % 8] ?? assert.fail()).registry.query({ expression: next().expression, limit: 50 }))
    answers.push(matches.map(({ name }) => name))
  }
  cloud.crash(nodes[3] ?? assert.fail())
  await time.advance(60_000)
  return { answers, deliveries: network.deliveries, events: time.events, trace: network.trace() }
}

test('a run does the same whether messages are encoded or passed as values', async () => {
  const [bytes, values] = [await live('bytes'), await live('values')]
  assert.deepEqual(values.answers, bytes.answers)
  assert.deepEqual([values.deliveries, values.events], [bytes.deliveries, bytes.events])
  assert.notEqual(values.trace, bytes.trace)
})

test('equal seeds give equal traces in either form', async () => {
  for (const passes of ['bytes', 'values'] as const) assert.equal((await live(passes)).trace, (await live(passes)).trace)
})
