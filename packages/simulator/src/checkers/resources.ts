import type { Labels } from '@cloudpeer/core'
import * as protocols from '@cloudpeer/provisioning/protocols'
import { registryDefaults } from '@cloudpeer/registry'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Checker } from './checker.ts'

const provisioningProtocols = Object.values(protocols)
/** Members that a node knows at most. */
const membersMax = 10_000
/** Messages of membership and registry per second and node that a network at rest may send: twice what it needs. */
const restingMessagesMax = 8
/** Span over which they are counted, in ms. */
const spanMs = 20_000

/** I11: no table grows beyond its bound. */
export const tablesAreBounded: Checker = {
  name: 'anytime_tables_are_bounded',
  watch({ cloud }) {
    return () =>
      cloud.nodes.flatMap(({ peer, registry, overlay }) => {
        const { records } = registry.status().shards
        const known = overlay.members().length
        return [
          ...(records > registryDefaults.recordsMax ? [`${peer} keeps ${records} records of at most ${registryDefaults.recordsMax}`] : []),
          ...(known > membersMax ? [`${peer} knows ${known} members`] : [])
        ]
      })
  }
}

/** L5: once nothing is wrong any more, nobody sends as if something were. */
export const trafficIsCalm: Checker = {
  name: 'eventually_traffic_is_calm',
  watch({ cloud }) {
    let before: { atMs: number; sent: number } | undefined
    let findings: readonly string[] = []
    return () => {
      const now = { atMs: cloud.time.now, sent: cloud.nodes.reduce((sum, node) => sum + sentBy(node), 0) }
      if (before === undefined || now.atMs - before.atMs >= spanMs) {
        const rate = before === undefined ? 0 : ((now.sent - before.sent) / (now.atMs - before.atMs) / cloud.nodes.length) * 1000
        findings = before === undefined || rate <= restingMessagesMax ? [] : [`each node sends ${rate.toFixed(1)} messages a second`]
        before = now
      }
      return findings
    }
  }
}

/** Leases may come and go when nothing is wrong: what is sent for them has a checker of its own. */
function sentBy({ metrics }: SimulatedNode): number {
  const sent = (labels: Labels): number => metrics.sum('cloudpeer_transport_messages_total', { direction: 'sent', ...labels })
  return provisioningProtocols.reduce((rest, { id }) => rest - sent({ protocol: id }), sent({}))
}

/** I15: whoever has stopped has left no timer, connection or open store behind. */
export const nothingIsLeft: Checker = {
  name: 'finally_nothing_is_left',
  watch({ cloud }) {
    const nodes: SimulatedNode[] = []
    cloud.onNode((node) => nodes.push(node))
    return () =>
      nodes.flatMap(({ peer, transport, machine }) => {
        const timers = cloud.network.timersOf(peer)
        const connections = transport.peers().length
        const { openStores } = machine.disk
        return timers + connections + openStores > 0
          ? [`${peer} has left ${timers} timers, ${connections} connections and ${openStores} stores`]
          : []
      })
  }
}
