import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@cloudpeer/core'
import { schemes } from '../../src/experiments/schemes.ts'
import { createWorkload } from '../../src/experiments/workload.ts'
import { attributeShards } from '../../src/papers/attribute-shards.ts'
import { type Capacity, unlimited } from '../../src/papers/capacity.ts'
import { loadBalancingMatrix } from '../../src/papers/load-balancing-matrix.ts'
import type { Deployment, DiscoveryNetwork, PaperService, QueryTerm } from '../../src/papers/scheme.ts'

const init = { attributes: 8, values: 3, perService: 4, perAttribute: 1.5, perQuery: 2, popularity: 'uniform' } as const
const workload = createWorkload(seededRandom(1), init)
const services = Array.from({ length: 30 }, (_, id) => workload.service(id))
const queries = Array.from({ length: 30 }, () => workload.query())

for (const scheme of schemes) {
  for (const hashed of ['attribute', 'pair'] as const) {
    test(`${scheme.name} by ${hashed}: a query finds the services that satisfy all of its terms`, async () => {
      const network = await scheme.deploy(deployment({ hashed }))
      for (const service of services) assert.equal((await network.time.settle(network.register(service.id % 12, service))).ok, true)
      for (const [index, terms] of queries.entries()) {
        const { ok, found } = await network.time.settle(network.query(index % 12, terms))
        assert.equal(ok, true)
        assert.deepEqual(found, matching(terms))
      }
      assert.ok(network.messages > 0)
      await network.stop()
    })
  }
}

test('a service of which one node refuses a pair is found nowhere, and its room is free again', async () => {
  const network = await attributeShards.deploy(deployment({ capacity: { ...unlimited, pairsMax: 6 }, nodes: 40 }))
  const outcomes = await registerAll(network, services)
  const taken = services.filter((_, index) => outcomes[index])
  assert.ok(taken.length > 0 && taken.length < services.length)
  for (const terms of queries) {
    const { found } = await network.time.settle(network.query(0, terms))
    assert.deepEqual(
      found,
      matching(terms).filter((id) => taken.some((service) => service.id === id))
    )
  }
  await network.stop()
})

test('a matrix grows columns as it fills: it takes more services than one node per attribute', async () => {
  const capacity = { ...unlimited, pairsMax: 20 }
  const [shards, matrix] = await Promise.all(
    [attributeShards, loadBalancingMatrix].map((scheme) => scheme.deploy(deployment({ capacity, nodes: 40 })))
  )
  const taken = async (network: DiscoveryNetwork | undefined): Promise<number> =>
    network === undefined ? 0 : (await registerAll(network, services)).filter(Boolean).length
  const [byShards, byMatrix] = [await taken(shards), await taken(matrix)]
  assert.ok(byMatrix > byShards, `${byMatrix} against ${byShards}`)
})

test('a matrix grows rows as queries come, and they find what is there', async () => {
  const network = await loadBalancingMatrix.deploy(deployment({ capacity: { ...unlimited, queriesPerSecond: 10 }, nodes: 40 }))
  const service = services[0] as PaperService
  await network.time.settle(network.register(0, service))
  const { attribute, values } = service.attributes[0] as PaperService['attributes'][number]
  const terms = [{ attribute, value: values[0] as string }]
  const answered: boolean[] = []
  for (let second = 0; second < 12; second++) {
    const outcomes = await network.time.settle(Promise.all(Array.from({ length: 20 }, (_, node) => network.query(node, terms))))
    answered.push(outcomes.every(({ ok, found }) => ok && found.length === 1))
    await network.time.advance(1_000)
  }
  assert.equal(answered[0], false)
  assert.equal(answered.at(-1), true)
})

function deployment(changed: Partial<Deployment>): Deployment {
  const { attributes } = workload
  const capacity: Capacity = unlimited
  return {
    nodes: 12,
    seed: 1,
    capacity,
    oneWayMs: 10,
    attributes,
    hashed: 'attribute',
    indexed: 2,
    replicas: 3,
    counted: 'entry',
    pairsPerCopy: 1.5,
    ...changed
  }
}

async function registerAll(network: DiscoveryNetwork, all: readonly PaperService[]): Promise<readonly boolean[]> {
  const outcomes: boolean[] = []
  for (const service of all) outcomes.push((await network.time.settle(network.register(service.id % 12, service))).ok)
  return outcomes
}

function matching(terms: readonly QueryTerm[]): number[] {
  const has = ({ attributes }: PaperService, { attribute, value }: QueryTerm): boolean =>
    attributes.some((own) => own.attribute === attribute && own.values.includes(value))
  return services.filter((service) => terms.every((term) => has(service, term))).map(({ id }) => id)
}
