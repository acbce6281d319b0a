import type { PeerId } from '@cloudpeer/core'
import type { ReplyOf, Subscription, Transport } from '@cloudpeer/transport'
import type { Fence } from '../documents/lease.ts'
import { confirmProtocol, proposeProtocol, releaseProtocol, renewProtocol } from '../protocols/grant.ts'
import type { Grant } from './granting.ts'
import type { LeaseDesk } from './lease-desk.ts'

/** What answers an owner's protocols. */
export interface ServedOwner {
  readonly transport: Transport
  readonly grant: Grant
  readonly desk: LeaseDesk
  /** Told of all leases that requesters name, before they are answered. */
  readonly heard: (fences: readonly Fence[]) => void
}

/** Serves matchers and requesters from now on. */
export function serveOwner({ transport, grant, desk, heard }: ServedOwner): readonly Subscription[] {
  function serveDesk<P extends typeof confirmProtocol | typeof releaseProtocol>(
    protocol: P,
    answer: (fences: readonly Fence[], requester: PeerId) => Promise<ReplyOf<P>>
  ): Subscription {
    return transport.serve(protocol, ({ fences }, { from }) => {
      heard(fences)
      return answer(fences, from)
    })
  }

  return [
    transport.serve(proposeProtocol, grant),
    serveDesk(confirmProtocol, desk.confirm),
    serveDesk(renewProtocol, desk.renew),
    serveDesk(releaseProtocol, desk.release)
  ]
}
