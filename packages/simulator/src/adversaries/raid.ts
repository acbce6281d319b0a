import {
  type Clock,
  CloudError,
  createMemoryMetrics,
  createScope,
  type PeerId,
  type Random,
  seededRandom,
  silentLog
} from '@cloudpeer/core'
import { createHashSigner, createSigner, peerIdFromPublicKey, type Signer } from '@cloudpeer/core/identity'
import { createMemoryStores } from '@cloudpeer/core/store'
import { createOverlay, type Overlay, openDescriptor } from '@cloudpeer/overlay'
import { createProvisioning, type Provisioning } from '@cloudpeer/provisioning'
import { createRegistry, type Registry } from '@cloudpeer/registry'
import type { Protocol, RequestOf, Transport } from '@cloudpeer/transport'
import type { Adversary, AdversaryGround } from './adversary.ts'
import { createLyingTransport, type Lies } from './lying-transport.ts'
import { rawProtocol } from './raw-protocol.ts'

/** One hostile machine at work. */
export interface Raider {
  readonly signer: Signer
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly networkId: string
  readonly ground: AdversaryGround
  /** The honest members that it is connected with. */
  targets(): readonly PeerId[]
  /** Connects with another member, which is a target from then on. */
  meet(address: string): Promise<void>
  /** Asks by the documented protocol with any body; undefined, and counted by its code, where that is refused. */
  send(peer: PeerId, protocolId: string, body: unknown): Promise<unknown>
  /** Notes an effect. */
  count(effect: string, by?: number): void
}

/** What a hostile machine is and does. */
export interface RaidPlan {
  readonly name: string
  /**
   * Whether the machine is a member: it then runs what real members run, with these lies around it. A machine that is none
   * only sends.
   */
  readonly lies?: (raider: Raider) => Lies
  /** Done once in `intervalMs`; a failed request is no failure of the attack. */
  readonly attack?: (raider: Raider) => Promise<void>
  /** 1,000 ms if not given. */
  readonly intervalMs?: number
  /** Its key; a new one if not given. */
  readonly signer?: Signer
}

/** The epoch in which every hostile member runs: it never restarts. */
export const raiderEpoch = 1

/** Makes a hostile machine. */
export function createRaid(ground: AdversaryGround, plan: RaidPlan): Adversary {
  const { name, lies, attack, intervalMs = 1_000, signer = createKey(ground) } = plan
  const { network } = ground
  const networkId = networkIn(ground)
  const effects = new Map<string, number>()
  const clock = network.clockOf(signer.self)
  const random = seededRandom(ground.random.integer(2 ** 31))
  const components = { clock, random, log: silentLog, metrics: createMemoryMetrics() }
  const transport = network.join({ self: signer.self, networkId })(components)
  const scope = createScope(components)
  const targets = new Set<PeerId>()
  let member: Member | undefined

  function count(effect: string, by = 1): void {
    effects.set(effect, (effects.get(effect) ?? 0) + by)
  }

  async function send(peer: PeerId, protocolId: string, body: unknown): Promise<unknown> {
    try {
      return await transport.request(peer, rawProtocol(protocolId), body as RequestOf<Protocol>, { signal: scope.signal })
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      count(error.code)
      return undefined
    }
  }

  const raider: Raider = { signer, transport, clock, random, networkId, ground, targets: () => [...targets], meet, send, count }

  async function meet(address: string): Promise<void> {
    try {
      targets.add(await transport.connect(address, { signal: scope.signal }))
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      count(error.code)
    }
  }

  return {
    name,
    peers: [signer.self],
    effects,
    async start() {
      await transport.start()
      for (const address of ground.addresses) await meet(address)
      if (lies !== undefined) member = await enroll(raider, createLyingTransport(transport, lies(raider)), components)
      if (attack !== undefined)
        scope.repeat(
          name,
          () => intervalMs,
          () => attack(raider)
        )
    },
    async stop() {
      await scope.stop()
      await member?.provisioning.stop()
      await member?.registry.stop()
      await member?.overlay.stop({ leave: 'none' })
      await transport.stop()
    }
  }
}

/** The id of the network. */
export function networkIn({ descriptor, verifier }: AdversaryGround): string {
  return openDescriptor(descriptor, verifier).id
}

/** A new key. */
export function createKey({ random, signatures }: AdversaryGround): Signer {
  const secret = random.bytes(32)
  return signatures === 'hash' ? createHashSigner(peerIdFromPublicKey(secret)) : createSigner(secret)
}

interface Member {
  readonly overlay: Overlay
  readonly registry: Registry
  readonly provisioning: Provisioning
}

type MemberComponents = Omit<Parameters<ReturnType<typeof createOverlay>>[0], 'transport' | 'stores'>

/** Joins as everybody does. */
async function enroll({ signer, ground }: Raider, transport: Transport, components: MemberComponents): Promise<Member> {
  const { schema, verifier, descriptor, addresses } = ground
  const owner = { signer, verifier }
  const stores = createMemoryStores()
  const overlay = createOverlay({ ...owner, epoch: raiderEpoch, network: descriptor })({ ...components, transport, stores })
  const init = { ...owner, network: overlay.network.id, schema: () => schema }
  const all = { ...components, transport, overlay, stores }
  const registry = createRegistry(init)(all)
  const provisioning = createProvisioning({ ...init, isNew: true })(all)
  await registry.start()
  await provisioning.start()
  await overlay.start({ join: addresses })
  return { overlay, registry, provisioning }
}
