import type { PeerId } from '@cloudpeer/core'
import type { Lease } from '@cloudpeer/provisioning'
import { confirmProtocol, grantProtocol, releaseProtocol, renewProtocol, revokeProtocol } from '@cloudpeer/provisioning/protocols'
import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { Watched } from '../checker.ts'
import { leaseName } from './lease-fields.ts'

/** Share of a lease's time that its requester may rely on, counted from when it asked. */
const beliefShare = 0.9

/** A lease that its requester may rely on. */
export interface Belief {
  readonly lease: Lease
  /** Until when, in virtual ms. */
  readonly untilMs: number
  /** How often the disk of its requester's machine had been put back to an older image when it was learnt. */
  readonly images: number
}

/**
 * What requesters may rely on, by what has reached them: a lease that its owner said was active, until the end that they count for
 * themselves, or until they give it back or are told that it has ended.
 */
class Beliefs {
  readonly #now: () => number
  readonly #images: (peer: PeerId) => number
  readonly #hasVanished: (peer: PeerId) => boolean
  readonly #byOwner = new Map<PeerId, Map<string, Belief>>()
  /** Leases that were given back: an answer that comes later brings none of them back. */
  readonly #over = new Set<string>()

  constructor({ cloud, exchanges, grants }: Watched) {
    this.#now = () => cloud.time.now
    this.#images = (peer) => cloud.machineOf(peer)?.disk.effects.get('restored') ?? 0
    this.#hasVanished = (peer) => {
      const machine = cloud.machineOf(peer)
      return machine !== undefined && cloud.hasVanished(machine)
    }
    cloud.onNode((node) => this.#restart(node))
    grants.onLearnt(({ lease, by, askedMs }) => {
      if (by === lease.requester) this.#add(lease, askedMs + lease.ttlMs * beliefShare)
    })
    exchanges.onAsked(releaseProtocol, ({ to, request }) => this.#end(to, request.fences))
    exchanges.on(grantProtocol, ({ from, reply }) => this.#end(from, reply.unwanted))
    exchanges.on(revokeProtocol, ({ from, request }) => this.#end(from, request.fences))
    for (const protocol of [confirmProtocol, renewProtocol]) {
      exchanges.onReplied(protocol, ({ to, request, reply }) => {
        this.#end(
          to,
          request.fences.filter((_, index) => saysEnded(reply.outcomes[index]))
        )
      })
    }
  }

  /** What is believed of an owner's leases now: by nobody whose power is gone for good. */
  of(owner: PeerId): readonly Belief[] {
    const believed = this.#byOwner.get(owner)
    if (believed === undefined) return []
    for (const [name, { lease, untilMs }] of believed) {
      if (untilMs <= this.#now() || this.#hasVanished(lease.requester)) believed.delete(name)
    }
    return [...believed.values()]
  }

  /** Whether a lease's requester relies on it now. */
  has(lease: Pick<Lease, 'owner' | 'fence'>): boolean {
    const belief = this.#byOwner.get(lease.owner)?.get(leaseName(lease))
    return belief !== undefined && belief.untilMs > this.#now()
  }

  #add(lease: Lease, untilMs: number): void {
    const name = leaseName(lease)
    if (this.#over.has(name)) return
    const believed = this.#byOwner.get(lease.owner) ?? new Map<string, Belief>()
    this.#byOwner.set(lease.owner, believed)
    const images = this.#images(lease.requester)
    believed.set(name, { lease, images, untilMs: Math.max(untilMs, believed.get(name)?.untilMs ?? 0) })
  }

  /**
   * What a machine has leased to itself is over with its process, unless the next one asks for it. One that was put back to an older image
   * knows nothing of what it learnt since.
   */
  #restart({ peer }: SimulatedNode): void {
    const images = this.#images(peer)
    for (const [owner, believed] of this.#byOwner) {
      for (const [name, belief] of believed) {
        if (belief.lease.requester === peer && (owner === peer || belief.images < images)) believed.delete(name)
      }
    }
  }

  #end(owner: PeerId, fences: readonly Lease['fence'][]): void {
    for (const fence of fences) {
      const name = leaseName({ owner, fence })
      this.#byOwner.get(owner)?.delete(name)
      this.#over.add(name)
    }
  }
}

const known = new WeakMap<Watched, Beliefs>()

/** The beliefs in a run, the same for all that watch it. */
export function beliefsIn(watched: Watched): Beliefs {
  const beliefs = known.get(watched) ?? new Beliefs(watched)
  known.set(watched, beliefs)
  return beliefs
}

/** Whether an owner says that there is no such lease any more, rather than that it cannot do anything about it now, or called it back. */
function saysEnded(outcome: unknown): boolean {
  return typeof outcome === 'string' && outcome.startsWith('LEASE_') && outcome !== 'LEASE_RECALLED'
}
