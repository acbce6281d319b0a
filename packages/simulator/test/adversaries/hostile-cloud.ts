import assert from 'node:assert/strict'
import { isCloudError, type PeerId, seededRandom } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import type { QueryAnswer, RegistryOptions } from '@cloudpeer/registry'
import { compareVersions, newestProtocol, openRecord, unpackRecords, type VerifiedRecord } from '@cloudpeer/registry/protocols'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'
import { type Adversary, type AdversaryGround, groundIn } from '../../src/adversaries/index.ts'

/** How a cloud with an adversary is made. */
export interface HostileCloudInit {
  readonly seed: number
  /** Honest nodes; 9 if not given. */
  readonly nodes?: number
  readonly registry?: Partial<RegistryOptions>
  readonly adversaries: (ground: AdversaryGround) => readonly Adversary[]
}

/** A small cloud whose honest nodes have two services each, with adversaries that are at work. */
export interface HostileCloud {
  readonly cloud: SimulatedCloud
  readonly adversaries: readonly Adversary[]
  /** The honest nodes; the adversaries' machines are not among `cloud.nodes`. */
  readonly honest: readonly SimulatedNode[]
  /** What the adversaries did, all together. */
  effect(name: string): number
  /** Runs the cloud, and looks each second that no replica goes back to an older version of an honest service. */
  run(seconds: number): Promise<void>
  ask(node: SimulatedNode, expression: string, strong?: boolean): Promise<QueryAnswer>
  register(node: SimulatedNode, name: string, cores: number): Promise<void>
  stop(): Promise<void>
}

/** Grows the honest nodes, registers their services, and starts the adversaries. */
export async function createHostileCloud({ seed, nodes = 9, registry = {}, adversaries: make }: HostileCloudInit): Promise<HostileCloud> {
  const cloud = createSimulatedCloud({ seed, schema: workloadSchema, registry })
  const honest = await cloud.grow(nodes)
  await cloud.time.advance(3_000)
  const newest = new Map<string, VerifiedRecord>()

  async function register(node: SimulatedNode, name: string, cores: number): Promise<void> {
    const description = { name, attributes: { cores, kind: 'honest', port: cores } }
    await cloud.time.settle(node.registry.register([parseDescription(description, cloud.schema)]))
  }

  async function compareVersionsAt(replica: SimulatedNode, asker: SimulatedNode): Promise<void> {
    const ids = honest.flatMap(({ peer }, index) => namesOf(index).map((name): [PeerId, string] => [peer, name]))
    const { rows } = await cloud.time.settle(asker.transport.request(replica.peer, newestProtocol, { ids }))
    for (const signed of unpackRecords(rows)) {
      const record = openRecord(signed, asker.overlay.network.id, cloud.verifier)
      const key = `${replica.peer} ${record.record.owner}/${record.record.name}`
      const before = newest.get(key)
      assert.ok(before === undefined || compareVersions(record, before) >= 0, `${key} went back`)
      newest.set(key, record)
    }
  }

  for (const [index, node] of honest.entries()) for (const name of namesOf(index)) await register(node, name, index + 1)
  const adversaries = make(groundIn(cloud, seededRandom(seed + 1)))
  for (const adversary of adversaries) await cloud.time.settle(adversary.start())

  return {
    cloud,
    adversaries,
    honest,
    effect: (name) => adversaries.reduce((sum, { effects }) => sum + (effects.get(name) ?? 0), 0),
    async run(seconds) {
      for (let second = 0; second < seconds; second++) {
        await cloud.time.advance(1_000)
        const replica = honest[second % honest.length] as SimulatedNode
        await compareVersionsAt(replica, honest[(second + 1) % honest.length] as SimulatedNode)
      }
    },
    ask: (node, expression, strong = false) => cloud.time.settle(node.registry.query({ expression, strong, limit: 1000 })),
    register,
    async stop() {
      for (const adversary of adversaries) await cloud.time.settle(adversary.stop())
      await cloud.stop()
    }
  }
}

/** The names of an honest node's services. */
function namesOf(index: number): readonly [string, string] {
  return [`a-${index}`, `b-${index}`]
}

/** Every honest service, by name. */
export function honestNames({ honest }: HostileCloud): readonly string[] {
  return honest.flatMap((_, index) => namesOf(index)).sort()
}

/** Fails unless every honest node finds every honest service, as its owner described it, and nothing in an honest owner's name beside. */
export async function assertAllFound(hostile: HostileCloud, { strong = true } = {}): Promise<void> {
  const owners = new Map(hostile.honest.map(({ peer }, index) => [peer, index]))
  for (const node of hostile.honest) {
    const { matches, partial } = await hostile.ask(node, 'port >= 1', strong)
    const theirs = matches.filter(({ owner }) => owners.has(owner))
    assert.deepEqual(theirs.map(({ name }) => name).sort(), honestNames(hostile))
    for (const { owner, attributes } of theirs) assert.equal(attributes.cores, (owners.get(owner) as number) + 1)
    assert.equal(partial, false)
  }
}

/** Fails if a node holds an honest one to be away, or suspects it. */
export function assertNobodyAway({ honest }: HostileCloud): void {
  for (const { overlay } of honest) {
    const wronged = honest.filter(({ peer }) => overlay.member(peer)?.state !== 'ALIVE')
    assert.deepEqual(
      wronged.map(({ peer }) => peer),
      []
    )
  }
}

/** Fails unless a new service of an honest node is acknowledged, and then found by a strong read. */
export async function assertRegisters(hostile: HostileCloud, name: string): Promise<void> {
  const [owner, asker] = [hostile.honest[2] as SimulatedNode, hostile.honest[5] as SimulatedNode]
  await hostile.register(owner, name, 100)
  const { matches } = await hostile.ask(asker, `name == "${name}"`, true)
  assert.deepEqual(
    matches.map((match) => match.owner),
    [owner.peer]
  )
}

/** The code of the error with which a promise is rejected; undefined if it is not. */
export async function codeOf(outcome: Promise<unknown>): Promise<string | undefined> {
  try {
    await outcome
    return undefined
  } catch (error) {
    if (!isCloudError(error)) throw error
    return error.code
  }
}

/** Fails unless default reads at every honest node answer, each service once, and in an honest owner's name only what that owner said. */
export async function assertSound(hostile: HostileCloud): Promise<void> {
  const owners = new Map(hostile.honest.map(({ peer }, index) => [peer, index]))
  for (const node of hostile.honest) {
    const { matches } = await hostile.ask(node, 'port >= 1')
    const ids = matches.map(({ owner, name }) => `${owner}/${name}`)
    assert.equal(new Set(ids).size, ids.length, 'a service was found twice')
    for (const { owner, name, attributes } of matches) {
      const index = owners.get(owner)
      assert.ok(index !== undefined && namesOf(index).includes(name), `${name} of ${owner} was invented`)
      assert.equal(attributes.cores, index + 1)
    }
  }
}

/** Starts another honest node; resolves with the virtual ms after which it is complete in all its shards. */
export async function newcomerReadyAfterMs({ cloud }: HostileCloud, limitMs: number, machine = 1_000): Promise<number> {
  const startedAt = cloud.time.now
  const { registry, overlay } = await cloud.time.settle(cloud.boot(cloud.machine(machine)))
  const isReady = (): boolean => overlay.state === 'joined' && registry.status().shards.ready === registry.status().shards.held
  await cloud.time.advance(2_000)
  while (!isReady()) {
    assert.ok(cloud.time.now - startedAt < limitMs, `not ready within ${limitMs} ms`)
    await cloud.time.advance(500)
  }
  return cloud.time.now - startedAt
}
