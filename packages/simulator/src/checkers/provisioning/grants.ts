import type { PeerId } from '@cloudpeer/core'
import type { Lease } from '@cloudpeer/provisioning'
import { confirmProtocol, grantProtocol, renewProtocol } from '@cloudpeer/provisioning/protocols'
import type { Exchanges } from '../exchanges.ts'
import { leaseFields, leaseName } from './lease-fields.ts'

/** A lease that an owner tells its requester of, when it does. */
export interface Told {
  readonly lease: Lease
  /** Who is told: by `grant/1` the requester, by the others whoever asked. */
  readonly to: PeerId
  readonly by: 'grant' | 'confirm' | 'renew'
  /** Whether nobody was told of this lease before. */
  readonly isNew: boolean
}

/** A lease that its requester is told to be active. */
export interface Learnt {
  readonly lease: Lease
  readonly by: PeerId
  /** When it had asked, in virtual ms. */
  readonly askedMs: number
}

/** All leases that anybody is told of, read from their signed bytes: what owners say, and what has reached those who asked. */
export class Grants {
  readonly #told: ((told: Told) => void)[] = []
  readonly #learnt: ((learnt: Learnt) => void)[] = []
  readonly #leases = new Map<string, Lease>()
  /** Leases so far, each counted once, however often it is told of. */
  count = 0

  constructor(exchanges: Exchanges) {
    exchanges.onAsked(grantProtocol, ({ to, request }) => {
      for (const signed of request.leases) this.#tell(leaseFields(signed), to, 'grant')
    })
    for (const [protocol, by] of [[confirmProtocol, 'confirm'] as const, [renewProtocol, 'renew'] as const]) {
      exchanges.on(protocol, ({ from, reply }) => {
        for (const outcome of reply.outcomes) if (typeof outcome !== 'string') this.#tell(leaseFields(outcome), from, by)
      })
      exchanges.onReplied(protocol, ({ from, reply, atMs }) => {
        for (const outcome of reply.outcomes) if (typeof outcome !== 'string') this.#learn(leaseFields(outcome), from, atMs)
      })
    }
  }

  /** Told when an owner speaks, before it is heard. */
  onTold(listener: (told: Told) => void): void {
    this.#told.push(listener)
  }

  /** Told when somebody has heard that a lease is active. */
  onLearnt(listener: (learnt: Learnt) => void): void {
    this.#learnt.push(listener)
  }

  /** A lease as it was told of first; undefined for one that nobody was told of. */
  leaseOf(lease: Pick<Lease, 'owner' | 'fence'>): Lease | undefined {
    return this.#leases.get(leaseName(lease))
  }

  #tell(lease: Lease, to: PeerId, by: Told['by']): void {
    const name = leaseName(lease)
    const isNew = !this.#leases.has(name)
    if (isNew) {
      this.#leases.set(name, lease)
      this.count++
    }
    for (const listener of this.#told) listener({ lease, to, by, isNew })
  }

  #learn(lease: Lease, by: PeerId, askedMs: number): void {
    if (lease.state !== 'active') return
    for (const listener of this.#learnt) listener({ lease, by, askedMs })
  }
}
