import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pick, sample } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import {
  createQueryGenerator,
  createRecordGenerator,
  createSimulatedCloud,
  type SimulatedCloud,
  type SimulatedNode,
  workloadSchema
} from '@cloudpeer/simulator'

const networks = 20
const recordSetsPerNetwork = 10
const queriesPerRecordSet = 50
const recordsPerSet = 100
const ownersPerSet = 8
const nodesMin = 10
const nodesMax = 100

const tally = { queries: 0, selective: 0, or: 0, not: 0, severalValues: 0, absentAttributes: 0, matches: 0 }

for (let index = 0; index < networks; index++) {
  const size = nodesMin + Math.round(((nodesMax - nodesMin) * index) / (networks - 1))
  test(`anytime_answers_equal_a_plain_filter: ${size} nodes, seed ${index}`, async () => {
    const cloud = createSimulatedCloud({ seed: index, schema: workloadSchema })
    await cloud.grow(size)
    for (let set = 0; set < recordSetsPerNetwork; set++) await checkRecordSet(cloud, set)
    if (size === nodesMax) checkSpread(cloud)
    await cloud.stop()
  })
}

test('the queries are of the kinds that matter', () => {
  assert.equal(tally.queries, networks * recordSetsPerNetwork * queriesPerRecordSet)
  for (const [kind, share] of [
    ['selective', 0.6],
    ['or', 1 / 3],
    ['not', 1 / 3],
    ['severalValues', 1 / 3],
    ['absentAttributes', 1 / 3]
  ] as const) {
    assert.ok(tally[kind] / tally.queries >= share, `${kind}: ${tally[kind]} of ${tally.queries}`)
  }
})

/** Replaces every service of the cloud by new ones, and asks. */
async function checkRecordSet(cloud: SimulatedCloud, set: number): Promise<void> {
  const { random, nodes, schema, time } = cloud
  const generate = createRecordGenerator(random)
  const services = Array.from({ length: recordsPerSet }, (_, index) => generate(`s${set}-${index}`))
  const owners = sample(random, nodes, ownersPerSet)
  const byNode = Map.groupBy(services, () => pick(random, owners))
  await time.settle(
    Promise.all([
      ...nodes.flatMap(({ registry }) => registry.own().map(({ name }) => registry.remove(name))),
      ...[...byNode].map(([{ registry }, own]) => registry.register(own.map((service) => parseDescription(service, schema))))
    ])
  )
  await everywhere(cloud, owners)
  const nextQuery = createQueryGenerator(random, services)
  for (let query = 0; query < queriesPerRecordSet; query++) {
    const { expression, matches, attributes, hasOr, hasNot } = nextQuery()
    const expected = services.filter(matches)
    const answer = await time.settle(pick(random, nodes).registry.query({ expression, limit: 1000 }))
    assert.deepEqual(answer.matches.map(({ name }) => name).sort(), expected.map(({ name }) => name).sort(), expression)
    assert.equal(answer.partial, false, expression)
    assert.ok(answer.stats.nodesAsked <= 1, `${expression} asked ${answer.stats.nodesAsked} nodes`)
    tally.queries++
    tally.matches += expected.length
    const share = expected.length / services.length
    if (share >= 0.01 && share <= 0.5) tally.selective++
    if (hasOr) tally.or++
    if (hasNot) tally.not++
    if (attributes.some((attribute) => services.some((service) => Array.isArray(service.attributes[attribute])))) tally.severalValues++
    if (attributes.some((attribute) => services.some((service) => !(attribute in service.attributes)))) tally.absentAttributes++
  }
}

/** Waits until all replicas have what was acknowledged: a default read may ask any one of them. */
async function everywhere({ time, nodes }: SimulatedCloud, owners: readonly SimulatedNode[]): Promise<void> {
  const isEverywhere = (): boolean =>
    nodes.every(({ registry }) => registry.status().shards.ready === registry.status().shards.held) &&
    owners.every(({ registry }) => registry.own().every(({ acknowledged, replicas }) => acknowledged === replicas))
  for (const limit = time.now + 30_000; !isEverywhere() && time.now < limit; ) await time.advance(50)
  assert.ok(isEverywhere(), 'a replica lacks a record')
}

/** No node of a large network holds more than a fifth of all copies. */
function checkSpread({ nodes }: SimulatedCloud): void {
  const copies = nodes.map(({ registry }) => registry.status().shards.records)
  const total = copies.reduce((sum, count) => sum + count, 0)
  assert.ok(total > 0)
  assert.ok(Math.max(...copies) <= total / 5, `one node holds ${Math.max(...copies)} of ${total} copies`)
}
