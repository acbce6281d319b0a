import { CloudError, compareDistance, compareText, type PeerId, present } from '@cloudpeer/core'
import { peerIdBytes, sha256 } from '@cloudpeer/core/identity'
import type { Member, NetworkDescriptor, Overlay } from '@cloudpeer/overlay'
import type { Subscription } from '@cloudpeer/transport'

/** A member that never changes, and where it is reached. */
export interface StaticMember {
  readonly peer: PeerId
  readonly address: string
}

/**
 * The overlays of a network at rest, by member: a directory of fixed members that are all alive and joined. Nothing is probed and nothing is
 * gossiped, so that months of virtual time cost nothing; responsible nodes are those that the real overlay names.
 */
export function staticOverlays(network: NetworkDescriptor, all: readonly StaticMember[]): (self: PeerId) => Overlay {
  const members = all.map(memberFrom).sort((a, b) => compareText(a.peer, b.peer))
  const byPeer = new Map(members.map((member) => [member.peer, member]))
  const servers = members.map(({ peer }) => peer)
  const responsible = createResponsible(servers)
  return (self) => ({
    self,
    network,
    state: 'joined',
    problems: [],
    version: 1,
    serversVersion: 0,
    members: () => members,
    member: (peer) => byPeer.get(peer),
    servers: () => servers,
    responsible,
    locate: async (key, k) => responsible(key, k),
    routing: { crossChecked: 0, disagreed: 0 },
    onChange: () => silence,
    onJoined: () => silence,
    onReturned: () => silence,
    onNetwork: () => silence,
    publishSchema: async () => {
      throw new CloudError('NOT_FOUNDER', { peer: self, founder: network.founder })
    },
    start: async () => {},
    drain: async () => {},
    stop: async () => {},
    forgetDirectory() {}
  })
}

/** A subscription to what never comes. */
const silence: Subscription = { close() {} }

function memberFrom({ peer, address }: StaticMember): Member {
  return { peer, state: 'ALIVE', draining: false, epoch: 1, incarnation: 1, addresses: [address], labels: {}, sinceMs: 0 }
}

/** All servers in XOR order to a key, once for each key: keys are few here. */
function createResponsible(servers: readonly PeerId[]): (key: string, k: number) => readonly PeerId[] {
  const digests = new Map(servers.map((peer) => [peer, sha256(peerIdBytes(peer))]))
  const digestOf = (peer: PeerId): Uint8Array => present(digests.get(peer), `no member ${peer}`)
  const known = new Map<string, readonly PeerId[]>()
  return (key, k) => {
    const target = sha256(key)
    const ordered = known.get(key) ?? servers.toSorted((a, b) => compareDistance(target, digestOf(a), digestOf(b)))
    known.set(key, ordered)
    return ordered.slice(0, k)
  }
}
