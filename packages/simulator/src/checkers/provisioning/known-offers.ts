import { decode, type PeerId } from '@cloudpeer/core'
import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { Checker } from '../checker.ts'
import { baseCellsOf, holds, placedOwners } from './capacity-space.ts'
import { type OfferFields, offerFields } from './lease-fields.ts'
import { offersAt } from './offers-at.ts'

/** How long a node has followed a cell before it is looked at, in ms: by then it has taken over what others know. */
const takenOverMs = 10_000

/** L2: whoever follows a cell knows the offer of each owner there that grants, however long ago that has changed. */
export const ownersAreKnown: Checker = {
  name: 'eventually_owners_are_known',
  watch({ cloud, exchanges }) {
    return async (isLast) => {
      if (!isLast) return []
      const owners = placedOwners(cloud)
      const problems: string[] = []
      for (const node of cloud.nodes) {
        const topics = [...exchanges.topicsOf(node.peer)].filter(([, sinceMs]) => cloud.time.now - sinceMs >= takenOverMs)
        const cells = topics.flatMap(([topic]) => baseCellIn(topic) ?? [])
        const known = new Set((await offersAt(node, { cells })).map(({ owner }) => owner))
        const there = owners.filter(({ point }) => cells.some((cell) => holds(cell, point)))
        const unknown = there.map((owner) => owner.node.peer).filter((peer) => !known.has(peer))
        for (const peer of unknown) problems.push(`${node.peer}, which follows ${cells.join(' ')}, does not know what ${peer} offers`)
      }
      return problems
    }
  }
}

/** A node that follows its own cell has its own last offer, though a topic brings back nothing that oneself has published. */
export const ownersHearThemselves: Checker = {
  name: 'anytime_owners_hear_themselves',
  watch({ cloud, exchanges, disturbedAt }) {
    const published = new Map<PeerId, { readonly cell: string; readonly offer: OfferFields; readonly atMs: number }>()
    exchanges.onPublished(({ from, topic, data }) => {
      const cell = baseCellIn(topic)
      if (cell === undefined) return
      const message = decode(data, 'topic message') as { readonly offer?: Parameters<typeof offerFields>[0] }
      if (message.offer) published.set(from, { cell, offer: offerFields(message.offer), atMs: cloud.time.now })
    })

    /** A new process has not published anything. */
    cloud.onNode(({ peer }) => published.delete(peer))

    async function problemAt(node: SimulatedNode, cell: string, { seq }: OfferFields): Promise<readonly string[]> {
      const known = await offersAt(node, { cells: [cell], owner: node.peer })
      return known.some((offer) => offer.seq >= seq) ? [] : [`${node.peer} follows ${cell}, and has not heard of its own offer ${seq}`]
    }

    return async () => {
      const problems: string[] = []
      for (const { node, point } of placedOwners(cloud)) {
        const { cell = '', offer, atMs = 0 } = published.get(node.peer) ?? {}
        const sinceMs = exchanges.topicsOf(node.peer).get(`cell/${cell}`) ?? Number.POSITIVE_INFINITY
        const isJudged = sinceMs < atMs && atMs < cloud.time.now && disturbedAt(node.peer) < atMs && holds(cell, point)
        published.delete(node.peer)
        if (offer && isJudged) problems.push(...(await problemAt(node, cell, offer)))
      }
      return problems
    }
  }
}

/** The cell of the grid that a topic is about, if it is one that owners are in. */
function baseCellIn(topic: string): string | undefined {
  const cell = topic.startsWith('cell/') ? topic.slice('cell/'.length) : ''
  return cell !== '' && baseCellsOf(cell)[0] === cell ? cell : undefined
}
