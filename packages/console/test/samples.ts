import type { Answer, Match, Member, Status } from '@cloudpeer/api'

/** Peer ids as long and as alike as real ones. */
export const alice = '12D3KooWGRUVh7bTRyXGE4BpFVDkbNFkpSEeXNRsVmYhxeRALICE'
export const bob = '12D3KooWGRUVh7bTRyXGE4BpFVDkbNFkpSEeXNRsVmYhxeRAbob1'

/** A small service. */
export function sampleMatch(name: string, attributes: Match['attributes'] = { location: 'Tokyo', vcpus: 4 }): Match {
  return { name, owner: alice, attributes, endpoints: [`https://${name}.example`] }
}

/** A complete answer of one page. */
export function sampleAnswer(changes: Partial<Answer> = {}): Answer {
  return {
    matches: [sampleMatch('web-1'), sampleMatch('web-2', { location: 'Tokyo', vcpus: 8, os: ['linux', 'windows'] })],
    partial: false,
    missing: [],
    more: false,
    consistency: 'one',
    stats: { nodesAsked: 1, messages: 2, latencyMs: 3.14 },
    ...changes
  }
}

/** A node that is well. */
export const sampleStatus: Status = {
  networkId: '0123456789abcdef0123456789abcdef',
  networkName: 'dev',
  peerId: alice,
  pid: 4242,
  epoch: 3,
  version: '0.1.0',
  state: 'running',
  founder: true,
  addresses: [`/ip4/127.0.0.1/tcp/4001/p2p/${alice}`],
  members: 9,
  services: { own: 349 },
  shards: { held: 12, ready: 12, records: 6276, bytes: 3_250_586 },
  provisioning: { owner: 'open', requests: 1, matcher: { cells: 1, offers: 9, waiting: 3 } },
  routing: { crossChecked: 41, disagreed: 0 },
  uptimeMs: 184_000,
  problems: [],
  health: 'ok'
}

/** Two members, the first of them the node that answers. */
export const sampleMembers: Member[] = [
  {
    peerId: alice,
    state: 'ALIVE',
    epoch: 1,
    incarnation: 0,
    addresses: [`/ip4/10.0.0.1/tcp/4001/p2p/${alice}`],
    labels: { location: 'Tokyo' },
    self: true
  },
  { peerId: bob, state: 'SUSPECT', epoch: 2, incarnation: 5, addresses: [], labels: {}, self: false }
]
