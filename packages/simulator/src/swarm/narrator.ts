import type { PeerId } from '@cloudpeer/core'
import type { SimulatedCloud, SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { RunOptions } from './run-scenario.ts'

/** How often it is looked whether nodes have become complete in shards or lost them, in virtual ms. */
const lookMs = 100

/** Tells a run: one short line for each state transition of a node, each operation and each thing that is done to the cloud. */
export function narrate(write: (line: string) => void): Pick<RunOptions, 'watch' | 'story'> {
  let cloud: SimulatedCloud | undefined
  const names = new Map<PeerId, string>()
  const nameOf = (peer: PeerId): string => names.get(peer) ?? peer
  const tell = (who: string, what: string): void =>
    write(`${((cloud?.time.now ?? 0) / 1000).toFixed(3).padStart(9)} s  ${who.padEnd(5)} ${what}`)

  function follow(node: SimulatedNode): void {
    const name = `n${node.machine.number}`
    names.set(node.peer, name)
    tell(name, `starts, epoch ${node.epoch}`)
    node.overlay.onJoined(() => tell(name, 'has joined'))
    node.overlay.onChange(({ peer, from, to, member }) =>
      tell(name, `sees ${nameOf(peer)} ${from ?? 'unknown'} -> ${to}, ${member.epoch}.${member.incarnation}`)
    )
    followShards(node, name)
  }

  function followShards(node: SimulatedNode, name: string): void {
    let known = ''
    const look = (): void => {
      const { held, ready } = node.registry.status().shards
      if (`${ready}/${held}` !== known) tell(name, `is complete in ${ready} of its ${held} shards`)
      known = `${ready}/${held}`
      if (cloud?.nodes.includes(node)) cloud.time.clock.schedule(lookMs, look)
    }
    cloud?.time.clock.schedule(0, look)
  }

  return {
    watch(watched) {
      cloud = watched
      watched.onNode(follow)
    },
    story: (line) => tell('', line)
  }
}
