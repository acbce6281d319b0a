import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDescriptor } from '@cloudpeer/overlay'
import type { RequestSpec, RequestStatus } from '@cloudpeer/provisioning'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'

/** Owners have 30 to 59 cores: they are all in the base cell `1`. */
const schema = { ...workloadSchema, dimensions: [{ attribute: 'cores', min: 0, max: 90 }] }
const owners = 30
const cell = '1'
const narrow = 28
const bounds = { cellOffersMax: 6, cellRequestsMax: 5 }
const times = { leaseMs: 20_000, holdMs: 3_000, offerTtlMs: 24_000, requestTtlMs: 24_000 }

const capacityOf = (cpuMilli: number) => ({ cpuMilli, memoryMib: 1_000, diskMib: 1_000, gpus: [], others: {} })

/** Nodes that offer half of what each lease is to have. */
async function createCloud(lossShare: number) {
  const cloud = createSimulatedCloud({
    seed: 11,
    schema,
    lossShare,
    capacity: (machine) => ({ total: capacityOf(1_000), attributes: { cores: 30 + machine } }),
    provisioning: { ...bounds, ...times }
  })
  await cloud.grow(owners)
  await cloud.time.advance(5_000)
  return cloud
}

function spec(expression: string, more: Partial<RequestSpec> = {}): RequestSpec {
  return { expression, amounts: { cpuMilli: 2_000, memoryMib: 0, diskMib: 0, others: {} }, ...more }
}

/** Requests for one owner each, one for any of many owners, and one for a gang; by the machines that ask. */
function specs(): readonly RequestSpec[] {
  const single = Array.from({ length: narrow }, (_, index) => spec(`cores == ${30 + index}`))
  const all = 'cores >= 30 && cores < 59'
  return [...single, spec(all), spec(all, { count: 4, gang: true })]
}

type Asked = readonly (readonly [machine: number, id: string])[]

async function ask(cloud: SimulatedCloud, all: readonly RequestSpec[]): Promise<Asked> {
  const asked = all.map(async (each, machine) => [machine, (await nodeOn(cloud, machine).provisioning.create(each)).id] as const)
  return cloud.time.settle(Promise.all(asked))
}

function nodeOn(cloud: SimulatedCloud, machine: number): SimulatedNode {
  const node = cloud.nodeOn(cloud.machine(machine))
  assert.ok(node)
  return node
}

/** Requests of the machines that run. */
function statuses(cloud: SimulatedCloud, asked: Asked): readonly RequestStatus[] {
  return asked.flatMap(([machine, id]) => cloud.nodeOn(cloud.machine(machine))?.provisioning.request(id) ?? [])
}

async function until(cloud: SimulatedCloud, holds: () => boolean, limitMs: number, what: string): Promise<void> {
  for (const end = cloud.time.now + limitMs; !holds(); await cloud.time.advance(100)) assert.ok(cloud.time.now < end, what)
}

const isInParts = ({ cells }: RequestStatus): boolean => cells.length > 0 && cells.every((each) => each.includes('/'))
const isWhole = ({ cells }: RequestStatus): boolean => cells.every((each) => each === cell)
const isGranted = ({ state }: RequestStatus): boolean => state === 'granted'

/** The node that acts in the cell as a whole. Machine 0 is spared: the others come back through it. */
function actingIn(cloud: SimulatedCloud): SimulatedNode {
  const { id } = openDescriptor(cloud.descriptor, cloud.verifier)
  const peers = nodeOn(cloud, 0).overlay.responsible(`cloudpeer/cell/${id}/${cell}`, 3)
  const node = cloud.nodes.find(({ peer, machine }) => peers.includes(peer) && machine.number > 0)
  assert.ok(node)
  return node
}

/** Each owner has room for its own request, the wide one and the whole gang, wherever those are placed. */
async function offerEnough(cloud: SimulatedCloud): Promise<void> {
  const set = cloud.nodes.map(({ provisioning, machine }) => {
    assert.ok(machine.capacity)
    return provisioning.setCapacity({ total: capacityOf(12_000), attributes: provisioning.capacity().attributes })
  })
  await cloud.time.settle(Promise.all(set))
}

/** Leases that owners have given, by who has them for what. */
function leasesOfOwners(cloud: SimulatedCloud): readonly string[] {
  return cloud.nodes
    .flatMap(({ provisioning }) => provisioning.leases().filter(({ side }) => side === 'owner'))
    .map(({ lease }) => `${lease.requester}/${lease.request}/${lease.unit}`)
    .sort()
}

for (const [what, lossShare, hurt] of [
  ['', 0, async () => {}],
  [
    ', while messages are lost and matchers end and come back without having heard of it',
    0.1,
    async (cloud: SimulatedCloud) => {
      const first = actingIn(cloud)
      cloud.crash(first)
      await cloud.time.advance(4_000)
      const second = actingIn(cloud)
      cloud.crash(second)
      await cloud.time.advance(10_000)
      for (const node of [first, second]) await cloud.restart(node)
      // Until they offer again.
      await cloud.time.advance(30_000)
    }
  ]
] as const) {
  test(`a cell that splits and merges again loses no request, and grants none twice${what}`, async () => {
    const cloud = await createCloud(lossShare)
    const asked = await ask(cloud, specs())
    assert.ok(statuses(cloud, asked).every(isWhole), 'all wait in one cell')
    await until(cloud, () => statuses(cloud, asked).some(isInParts), 30_000, 'the cell is split')
    await hurt(cloud)
    const singles = asked.slice(0, narrow)
    await until(cloud, () => statuses(cloud, singles).every(isInParts), 120_000, 'requests wait in parts')
    const [wide, gang] = statuses(cloud, asked.slice(narrow))
    assert.ok((wide?.cells.length ?? 0) > 1, 'who wants any of many waits in several parts')
    assert.deepEqual(gang?.cells, [cell], 'a gang waits in one cell')

    const [machine, id] = asked[0] as Asked[0]
    const why = await cloud.time.settle(nodeOn(cloud, machine).provisioning.explain(id))
    assert.deepEqual([why.owners, why.matching, why.couldEver, why.asked === why.answered], [owners, 1, 0, true])
    const cancelled = asked.slice(0, 3)
    for (const [at, which] of cancelled) await cloud.time.settle(nodeOn(cloud, at).provisioning.cancel(which))
    const rest = asked.slice(3)
    await offerEnough(cloud)
    await until(cloud, () => statuses(cloud, rest).every(isGranted), 120_000, 'what fits is granted')
    await cloud.time.advance(30_000)
    assert.ok(statuses(cloud, rest).every(isGranted))
    assert.deepEqual(leasesOfOwners(cloud), unitsOf(cloud, rest))
    assert.deepEqual(
      statuses(cloud, cancelled).map(({ state }) => state),
      ['cancelled', 'cancelled', 'cancelled']
    )

    const late = await ask(cloud, [spec('cores == 35', { amounts: { cpuMilli: 13_000, memoryMib: 0, diskMib: 0, others: {} } })])
    await until(cloud, () => statuses(cloud, late).every(isWhole), 60_000, 'the cell is whole again')
    await cloud.stop()
  })
}

function unitsOf(cloud: SimulatedCloud, asked: Asked): readonly string[] {
  return asked
    .flatMap(([machine, id]) => {
      const { units } = nodeOn(cloud, machine).provisioning.request(id)
      return units.map((_, unit) => `${cloud.machine(machine).peer}/${id}/${unit}`)
    })
    .sort()
}
