import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cpus, createTestCloud, offering } from './network.ts'

const schema = {
  version: 1,
  attributes: {
    service_type: { type: 'string' },
    speed_ghz: { type: 'double', unit: 'GHz' },
    location: { type: 'string' }
  },
  dimensions: [
    { attribute: 'service_type', values: ['web-hosting', 'scientific-simulation', 'credit-card-authenticator'] },
    { attribute: 'speed_ghz', min: 1, max: 4 },
    { attribute: 'location', values: ['usa', 'europe', 'singapore'] },
    { attribute: 'cpu', min: 1_000, max: 64_000, scale: 'log' }
  ]
}

function query(type: string, speed: number, location: string): string {
  return `service_type == "${type}" && speed_ghz > ${speed} && location == "${location}"`
}

test('three requests wait; the machine of the worked example arrives; only the third gets it (Ranjan et al., 2010, Tables 5 and 6)', async () => {
  const { time, node } = await createTestCloud({ size: 6, schema })
  const asked: string[] = []
  for (const expression of [
    query('web-hosting', 2, 'usa'),
    query('scientific-simulation', 2, 'singapore'),
    query('credit-card-authenticator', 2.4, 'europe')
  ]) {
    await time.advance(100_000)
    asked.push((await time.settle(node(1).provisioning.create({ expression, amounts: cpus(1_000) }))).id)
  }
  await time.advance(200_000)
  const statesNow = (): string[] => asked.map((id) => node(1).provisioning.request(id).state)
  assert.deepEqual(statesNow(), ['waiting', 'waiting', 'waiting'])

  const attributes = { service_type: 'credit-card-authenticator', speed_ghz: 2.7, location: 'europe' }
  await time.settle(node(4).provisioning.setCapacity(offering(1_000, attributes, schema)))
  await time.advance(2_000)
  assert.deepEqual(statesNow(), ['waiting', 'waiting', 'granted'])

  const why = await time.settle(node(1).provisioning.explain(asked[0] ?? ''))
  assert.deepEqual([why.owners, why.matching, why.couldEver, why.asked], [1, 0, 0, why.answered])
  assert.deepEqual(
    why.terms.map(({ term, owners }) => [term, owners]),
    [
      ['service_type == "web-hosting"', 0],
      ['speed_ghz > 2', 1],
      ['location == "usa"', 0],
      ['cpu >= 1000 milli', 1]
    ]
  )
})
