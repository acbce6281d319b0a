import { CloudError, createScope, isCloudError, type PeerId } from '@cloudpeer/core'
import type { Subscription, TopicMessage, Verdict } from '@cloudpeer/transport'
import './errors.ts'
import type { SignedAnnouncement } from './membership/announcement.ts'
import { isLiveState, type Member } from './membership/member.ts'
import { defaultMembershipOptions } from './membership/options.ts'
import { createMembership, type Membership } from './membership/service.ts'
import { createNetwork } from './network/service.ts'
import type { Leave, Overlay, OverlayComponents, OverlayInit } from './overlay.ts'
import { createRouter } from './routing/router.ts'
import { decodeNetworkMessage, encodeNetworkMessage, networkTopic } from './topic.ts'

const announcedState: Readonly<Record<Leave, 'AWAY' | 'GONE' | undefined>> = { temporary: 'AWAY', permanent: 'GONE', none: undefined }

/** Makes one node's overlay. The descriptor must be one that `openDescriptor` takes, labels within their bounds; its errors otherwise. */
export function createOverlay(init: OverlayInit): (components: OverlayComponents) => Overlay {
  return (components) => {
    const { clock, random, transport, log } = components
    const { signer, verifier, epoch, labels = {} } = init
    const network = createNetwork(init.network, signer, verifier, transport)
    const scope = createScope({ clock, random, log })
    const options = { ...defaultMembershipOptions, ...init.options }
    const membership = createMembership({ network, signer, verifier, epoch, labels, options, publish }, components)
    const view = createView(membership)
    let mayBeAlone = network.descriptor.founder === signer.self
    const router = createRouter(
      {
        servers: view.servers,
        serverChanges: membership.state.serverChanges,
        isAway: (peer) => {
          const member = membership.state.member(peer)
          return member?.state === 'AWAY' || member?.draining === true
        },
        get cold() {
          return membership.state.live < 2 && !(mayBeAlone && !membership.met)
        }
      },
      { clock, transport, random, scope }
    )
    let subscriptions: Subscription[] = []

    async function publish(announcement: SignedAnnouncement): Promise<void> {
      await transport.publish(networkTopic, encodeNetworkMessage({ kind: 'member', announcement }))
    }

    /** What is nonsense is held against the peer that passed it on; what is merely old is not passed on. */
    function validate({ data }: TopicMessage): Verdict {
      try {
        const message = decodeNetworkMessage(data)
        const isNews = message.kind === 'member' ? membership.state.isNews(message.announcement) : network.isNewer(message.descriptor)
        return isNews ? 'accept' : 'ignore'
      } catch (error) {
        if (!isCloudError(error)) throw error
        return 'reject'
      }
    }

    function handle({ data }: TopicMessage): void {
      const message = decodeNetworkMessage(data)
      if (message.kind === 'member') membership.hear(message.announcement)
      else network.accept(message.descriptor)
    }

    return {
      self: signer.self,
      get network() {
        return network.descriptor
      },
      get state() {
        return membership.joined ? 'joined' : 'joining'
      },
      get problems() {
        return membership.problems
      },
      get version() {
        return membership.state.version
      },
      members: view.members,
      member: (peer) => membership.state.member(peer),
      servers: view.servers,
      get serversVersion() {
        return membership.state.serverChanges.version
      },
      responsible: router.responsible,
      locate: (key, k, options = {}) => router.locate(key, k, options),
      routing: router.statistics,
      onChange: membership.onChange,
      onJoined: membership.onJoined,
      onReturned: membership.onReturned,
      onNetwork: network.onChange,
      async publishSchema(schema, version) {
        const descriptor = network.revise(schema, version)
        await transport.publish(networkTopic, encodeNetworkMessage({ kind: 'schema', descriptor }))
        return descriptor
      },
      async start({ join = [], rejoin = [], alone = false } = {}) {
        if (scope.signal.aborted) throw new CloudError('STOPPED', { component: 'overlay' })
        subscriptions = [network.serve(), transport.subscribe(networkTopic, { validate, handle })]
        mayBeAlone ||= alone
        membership.start([...join, ...rejoin], mayBeAlone)
      },
      drain: () => membership.drain(),
      async stop({ leave = 'temporary' } = {}) {
        await membership.stop(announcedState[leave])
        for (const subscription of subscriptions) subscription.close()
        subscriptions = []
        await scope.stop()
      },
      forgetDirectory: router.distrust
    }
  }
}

/** The directory's lists, made when they are asked for and kept while nothing changed. */
function createView({ state }: Membership): { members(): readonly Member[]; servers(): readonly PeerId[] } {
  let membersOf = -1
  let members: readonly Member[] = []
  let serversOf = -1
  let servers: readonly PeerId[] = []
  return {
    members() {
      if (membersOf !== state.version) members = state.members()
      membersOf = state.version
      return members
    },
    servers() {
      const { version } = state.serverChanges
      if (serversOf !== version)
        servers = state.members().flatMap((member) => (isLiveState(member.state) && !member.draining ? [member.peer] : []))
      serversOf = version
      return servers
    }
  }
}
