import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDescription } from '@cloudpeer/model'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'

const size = 9

async function register(cloud: SimulatedCloud, owner: SimulatedNode, names: readonly string[]): Promise<void> {
  const services = names.map((name) => parseDescription({ name, attributes: { port: 4000 } }, cloud.schema))
  await cloud.time.settle(owner.registry.register(services))
}

/** All services of an owner that anybody shows. */
async function shown(cloud: SimulatedCloud, { peer }: SimulatedNode): Promise<readonly string[]> {
  const answers = await Promise.all(
    cloud.nodes.map((node) => cloud.time.settle(node.registry.query({ expression: `owner == "${peer}"`, strong: true })))
  )
  return [...new Set(answers.flatMap(({ matches }) => matches.map(({ name }) => name)))].sort()
}

for (const seed of [1, 2, 3, 4]) {
  test(`anytime_nothing_of_a_lost_disk_comes_back: everybody was without power, seed ${seed}`, async () => {
    const cloud = createSimulatedCloud({ seed, schema: workloadSchema })
    const owner = (await cloud.grow(size)).at(-1) as SimulatedNode
    await cloud.time.advance(3_000)
    await register(cloud, owner, ['old', 'kept'])
    for (const node of [...cloud.nodes]) cloud.crash(node)
    owner.machine.disk.erase()
    const machines = Array.from({ length: size }, (_, number) => cloud.machine(number))
    await cloud.time.settle(Promise.all(machines.map((machine) => cloud.boot(machine))))
    await cloud.time.advance(20_000)
    const again = cloud.nodeOn(owner.machine) as SimulatedNode
    await register(cloud, again, ['kept', 'new'])
    await cloud.time.advance(20_000)
    assert.deepEqual(await shown(cloud, again), ['kept', 'new'])
    assert.deepEqual([...new Set(cloud.nodes.map(({ overlay }) => overlay.member(owner.peer)?.epoch))].length, 1)
    await cloud.stop()
  })
}
