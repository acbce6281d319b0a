import type { PeerId } from '@cloudpeer/core'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Checker } from './checker.ts'

/** I7 of membership: what a node believes of a member's version never goes back, until the member is erased. */
export const beliefsRise: Checker = {
  name: 'anytime_beliefs_rise',
  watch({ cloud }) {
    const problems: string[] = []
    cloud.onNode((node) => {
      const versions = new Map<PeerId, readonly [epoch: number, incarnation: number]>()
      node.overlay.onChange(({ peer, to, member }) => {
        const [epoch, incarnation] = versions.get(peer) ?? [0, 0]
        if (member.epoch < epoch || (member.epoch === epoch && member.incarnation < incarnation))
          problems.push(`${node.peer} went back from ${epoch}.${incarnation} of ${peer} to ${member.epoch}.${member.incarnation}`)
        if (to === 'GONE') versions.delete(peer)
        else versions.set(peer, [member.epoch, member.incarnation])
      })
    })
    return () => problems.splice(0)
  }
}

/** L4: every node knows exactly those that run. */
export const directoriesAgree: Checker = {
  name: 'eventually_directories_agree',
  watch({ cloud }) {
    return () => {
      const running = cloud.nodes.map(({ peer }) => peer).sort()
      return cloud.nodes.flatMap((node) => [...lacking(node, running), ...surplus(node, running)])
    }
  }
}

function lacking({ peer, overlay }: SimulatedNode, running: readonly PeerId[]): readonly string[] {
  const servers = new Set(overlay.servers())
  return running.flatMap((other) =>
    servers.has(other) ? [] : [`${peer} holds ${other}, which runs, for ${overlay.member(other)?.state ?? 'unknown'}`]
  )
}

function surplus({ peer, overlay }: SimulatedNode, running: readonly PeerId[]): readonly string[] {
  return overlay.servers().flatMap((other) => (running.includes(other) ? [] : [`${peer} holds ${other}, which does not run, for alive`]))
}

/** L3: the connections of those that run are in one piece. */
export const overlayIsConnected: Checker = {
  name: 'eventually_overlay_is_connected',
  watch({ cloud }) {
    return () => {
      const [first] = cloud.nodes
      if (first === undefined) return []
      const reached = new Set<PeerId>([first.peer])
      const neighbours = new Map(cloud.nodes.map(({ peer, transport }) => [peer, transport.peers().map(({ id }) => id)]))
      for (const peer of reached) for (const other of neighbours.get(peer) ?? []) reached.add(other)
      return cloud.nodes.flatMap(({ peer }) => (reached.has(peer) ? [] : [`${peer} is not connected with ${first.peer}`]))
    }
  }
}
