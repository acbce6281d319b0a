import type { PeerId } from '@cloudpeer/core'
import type { ReplyOf, RequestOf, Subscription } from '@cloudpeer/transport'
import { type DescriptorVersion, isLaterDescriptor } from '../network/descriptor.ts'
import type { Network } from '../network/service.ts'
import { liveOthers, type MembershipContext } from './context.ts'
import { membersMax, requireRoom } from './member.ts'
import { syncProtocol } from './protocol.ts'
import type { TablePage } from './table-page.ts'

/** The most pages that one exchange of tables may take: a page has 16 entries at the least. */
const pagesMax = Math.ceil(membersMax / 16)

/** Exchanges whole tables with one peer at a time (SWIM's infection needs luck; this does not). */
export interface Synchroniser {
  /** Gives `peer` our table and takes its. Errors of the requests. */
  syncWith(peer: PeerId, signal: AbortSignal): Promise<void>
  serve(): Subscription
}

/**
 * Binds the exchange to the shared state; a peer with a later schema is asked for it. `exchanged` is told whenever tables went either way:
 * a node that others have found is in the network, even if it never got in by itself.
 */
export function createSynchroniser(context: MembershipContext, network: Network, exchanged: () => void): Synchroniser {
  const { clock, transport, state, scope, settle, options } = context

  function fetchIfBehind(peer: PeerId, theirs: DescriptorVersion): void {
    if (isLaterDescriptor(theirs, network.descriptor)) scope.spawn('fetch of the schema', (signal) => network.fetch(peer, signal))
  }

  function pageAfter(after: string | undefined): TablePage {
    return after === undefined ? { announcements: [], rumours: [], next: undefined } : state.page(after)
  }

  return {
    async syncWith(peer, signal) {
      const spread = liveOthers(context).length > 0
      let mine: string | undefined = ''
      let theirs: string | undefined = ''
      for (let pages = 0; pages < pagesMax && (mine !== undefined || theirs !== undefined); pages++) {
        const { next, ...page }: TablePage = pageAfter(mine)
        const { schemaVersion, digest } = network.descriptor
        const rumours = [...state.verdictOn(peer), ...page.rumours]
        const request: RequestOf<typeof syncProtocol> = {
          ...page,
          rumours,
          schemaVersion,
          digest,
          ...(theirs === undefined ? {} : { after: theirs })
        }
        const reply: ReplyOf<typeof syncProtocol> = await transport.request(peer, syncProtocol, request, { signal })
        settle(state.merge(reply, clock.now(), { spread }))
        fetchIfBehind(peer, reply)
        mine = next
        theirs = reply.next
      }
      exchanged()
    },
    serve: () =>
      transport.serve(syncProtocol, ({ after, ...page }, { from }) => {
        const spread = liveOthers(context).length > 0
        settle(state.merge(page, clock.now(), { spread }))
        fetchIfBehind(from, page)
        exchanged()
        // It cannot become a member here: let its user know, instead of a table that does not name it.
        if (state.member(from) === undefined) requireRoom(state.size, options.membersMax)
        const { next, announcements, rumours } = pageAfter(after)
        const verdict = state.verdictOn(from)
        const { schemaVersion, digest } = network.descriptor
        return { announcements, rumours: [...verdict, ...rumours], schemaVersion, digest, ...(next === undefined ? {} : { next }) }
      })
  }
}
