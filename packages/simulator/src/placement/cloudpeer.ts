import { createMemoryMetrics, type MemoryMetrics, type PeerId, pick, silentLog } from '@cloudpeer/core'
import { createHashSigner, createHashVerifier, peerIdFromPublicKey, type Signer } from '@cloudpeer/core/identity'
import { createMemoryStores } from '@cloudpeer/core/store'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { type Capacity, canonicalAttributes, parseSchema } from '@cloudpeer/model'
import { foundNetwork, openDescriptor } from '@cloudpeer/overlay'
import { createProvisioning, type Provisioning, type ProvisioningOptions } from '@cloudpeer/provisioning'
import type { Transport } from '@cloudpeer/transport'
import { createSimulatedNetwork } from '@cloudpeer/transport/sim'
import { derivedRandom } from '../cloud/derived-random.ts'
import { createGrantWatch } from './grant-watch.ts'
import type { Job } from './job.ts'
import { staticOverlays } from './static-overlay.ts'
import type { Cluster, ClusterInit, Placed, Strategy } from './strategy.ts'

const dayMs = 86_400_000

/** What nobody has to fear losing here is told anew every ten days: months pass in which nothing happens. */
const lastingMs = 30 * dayMs
const options: Partial<ProvisioningOptions> = { leaseMs: lastingMs, offerTtlMs: lastingMs, requestTtlMs: lastingMs }

/** How long owners may take until all offers are known, in ms of virtual time. */
const settleMs = 10_000

/** How long it is waited for a grant before it is looked at again, in ms. */
const waitMsMax = 365 * dayMs

/** The attribute that all machines have. */
const kind = 'machine'

/** The code that ships: an owner, a matcher and a requester on each machine, over a simulated network; the directory is at rest. */
export const cloudpeer: Strategy = {
  name: 'cloudpeer',
  title: 'Cloudpeer',
  about: 'the provisioning that ships, on a network at rest; requests come from random machines',
  colour: 0,
  deploy
}

/** One machine's part in it. */
interface Node {
  readonly transport: Transport
  readonly provisioning: Provisioning
}

async function deploy({ machines, seed, oneWayMs }: ClusterInit): Promise<Cluster> {
  const time = createVirtualTime()
  const random = derivedRandom(seed, 'cloudpeer')
  const network = createSimulatedNetwork({
    clock: time.clock,
    random: derivedRandom(seed, 'network'),
    latencyMs: () => oneWayMs,
    passes: 'values'
  })
  const signers = machines.map(() => createHashSigner(peerIdFromPublicKey(random.bytes(32))))
  const descriptor = openDescriptor(foundNetwork({ signer: signers[0] as Signer, random, name: 'placement', schema }), createHashVerifier())
  const metrics = createMemoryMetrics()
  const addressOf = (peer: PeerId): string => network.addressOf(peer)
  const watch = createGrantWatch(() => time.now, addressOf)
  const overlayOf = staticOverlays(
    descriptor,
    signers.map(({ self }) => ({ peer: self, address: addressOf(self) }))
  )

  function createNode(signer: Signer, total: Capacity, place: number): Node {
    const ground = { clock: network.clockOf(signer.self), random: derivedRandom(seed, `machine ${place}`), log: silentLog, metrics }
    const transport = watch.around(network.join({ self: signer.self, networkId: descriptor.id })(ground))
    const provisioning = createProvisioning({
      network: descriptor.id,
      schema: () => parsedSchema,
      signer,
      verifier: createHashVerifier(),
      isNew: true,
      capacity: { total, attributes: canonicalAttributes({ kind }) },
      options
    })({ ...ground, transport, overlay: overlayOf(signer.self), stores: createMemoryStores() })
    return { transport, provisioning }
  }

  const nodes = signers.map((signer, place) => createNode(signer, machines[place] as Capacity, place))
  for (const { transport } of nodes) await time.settle(transport.start())
  for (const { provisioning } of nodes) await time.settle(provisioning.start())
  await time.advance(settleMs)
  const introductions = messagesOf(metrics)

  async function place(job: Job): Promise<Placed> {
    const sinceMs = time.now
    const { provisioning } = pick(random, nodes)
    const { id } = await provisioning.create(specOf(job))
    // One that is short may have ended when its requester hears that it was granted.
    while (!['granted', 'ended'].includes((await provisioning.until(id, waitMsMax)).state));
    const grantedAt = watch.takeGrantedAt(id)
    return { waitedMs: time.now - sinceMs, ...(grantedAt !== undefined && { grantedMs: grantedAt - sinceMs }) }
  }

  return {
    time,
    get effort() {
      return { attempts: watch.proposed, messages: messagesOf(metrics) - introductions }
    },
    place,
    async stop() {
      await time.settle(Promise.all(nodes.map(({ provisioning }) => provisioning.stop())))
      await time.settle(Promise.all(nodes.map(({ transport }) => transport.stop())))
    }
  }
}

const schema = { version: 1, attributes: { kind: { type: 'string' } } }
const parsedSchema = parseSchema(schema)

function specOf({ amounts, count, durationMs }: Job): Parameters<Provisioning['create']>[0] {
  return { expression: `kind == "${kind}"`, amounts, count, gang: count > 1, durationMs: Math.ceil(durationMs) }
}

/** Requests and replies of all protocols; what topics carry is not among them. */
function messagesOf(metrics: MemoryMetrics): number {
  return metrics.sum('cloudpeer_transport_messages_total', { direction: 'sent' })
}
