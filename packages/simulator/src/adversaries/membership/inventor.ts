import { encode } from '@cloudpeer/core'
import type { Adversary, AdversaryGround } from '../adversary.ts'
import { createKey, createRaid, type Raider } from '../raid.ts'
import { wire } from '../raw-protocol.ts'

/** Members announced in one message. */
const batch = 60

/** Announces members that do not exist, `perSecond` new ones a second up to `membersMax`, each signed with a key of its own. */
export function createInventor(ground: AdversaryGround, { perSecond = 60, membersMax = 10_000 } = {}): Adversary {
  let invented = 0

  async function invent(raider: Raider): Promise<void> {
    for (let left = Math.min(perSecond, membersMax - invented); left > 0; left -= batch) {
      const announcements = Array.from({ length: Math.min(left, batch) }, () => announcementOfNobody(raider))
      invented += announcements.length
      for (const target of raider.targets()) await raider.send(target, wire.probe, { announcements, rumours: [] })
      raider.count('members invented', announcements.length)
    }
  }

  return createRaid(ground, { name: 'inventor', attack: invent })
}

function announcementOfNobody({ ground, networkId, random }: Raider): { readonly body: Uint8Array; readonly signature: Uint8Array } {
  const signer = createKey(ground)
  const address = `/ip4/10.255.255.255/tcp/4001/p2p/${signer.self}`
  const version = { network: networkId, peer: signer.self, epoch: 1, incarnation: 0, start: random.bytes(8) }
  const body = encode({ ...version, addresses: [address], labels: {}, state: 'ALIVE' })
  return { body, signature: signer.sign(`cloudpeer/member/v1/${networkId}`, body) }
}
