import { backoffMs, type Clock, CloudError, type PeerId, type Random, type Scope, sleep } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import { type Fence, type Lease, leaseId } from '../documents/lease.ts'
import { countMax } from '../documents/request.ts'
import { releaseProtocol } from '../protocols/grant.ts'

/** What giving leases back works with. */
export interface ReleaserParts {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly scope: Scope
  /** How long a lease lasts from its confirmation, in ms. */
  readonly leaseMs: number
}

/** Gives leases back to their owners. */
export interface Releaser {
  /** Tells owners until they have heard, or the leases must have ended by themselves. */
  release(leases: readonly Lease[]): void
  /** Resolves when the attempts that are under way have ended, one way or the other. */
  attempted(): Promise<void>
}

/** A lease that its owner may not know yet to be free. */
interface Release {
  readonly fence: Fence
  readonly untilMs: number
}

/** What one owner is still to be told, and the attempt that is under way. */
interface Owed {
  readonly releases: Map<string, Release>
  attempt: Promise<void>
}

/** How owners that do not answer are told again. */
const waits = { firstMs: 500, maxMs: 8_000, attemptsMax: Number.POSITIVE_INFINITY }

/** One message under way to each owner. */
export function createReleaser({ clock, random, transport, scope, leaseMs }: ReleaserParts): Releaser {
  const owed = new Map<PeerId, Owed>()

  function owe({ owner, fence, ttlMs }: Lease): void {
    const { releases } = owed.get(owner) ?? start(owner)
    // A confirmation that nobody answered may have made active what was only held.
    releases.set(leaseId({ owner, fence }), { fence, untilMs: clock.now() + Math.max(ttlMs, leaseMs) })
  }

  function start(owner: PeerId): Owed {
    const started: Owed = { releases: new Map(), attempt: Promise.resolve() }
    owed.set(owner, started)
    // What is given back at once goes in one message.
    started.attempt = Promise.resolve().then(() => tell(owner, started))
    scope.spawn('releasing leases', () => settle(owner, started))
    return started
  }

  async function settle(owner: PeerId, all: Owed): Promise<void> {
    await all.attempt
    for (let failures = 1; all.releases.size > 0; failures++) {
      await sleep(clock, backoffMs(waits, failures, random), scope.signal)
      all.attempt = tell(owner, all)
      await all.attempt
    }
    owed.delete(owner)
  }

  /** One attempt to tell all; what it did not tell stays. */
  async function tell(owner: PeerId, { releases }: Owed): Promise<void> {
    for (const [id, { untilMs }] of releases) if (untilMs <= clock.now()) releases.delete(id)
    try {
      while (releases.size > 0) {
        const batch = [...releases].slice(0, countMax)
        await transport.request(owner, releaseProtocol, { fences: batch.map(([, { fence }]) => fence) }, { signal: scope.signal })
        for (const [id] of batch) releases.delete(id)
      }
    } catch (error) {
      // They are tried again until they have ended by themselves.
      if (!(error instanceof CloudError)) throw error
    }
  }

  return {
    release(leases) {
      for (const lease of leases) owe(lease)
    },
    async attempted() {
      await Promise.all([...owed.values()].map(({ attempt }) => attempt))
    }
  }
}
