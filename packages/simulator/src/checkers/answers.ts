import type { PeerId } from '@cloudpeer/core'
import type { Match } from '@cloudpeer/registry'
import { type Answer, type Change, sameAttributes } from '../workload/history.ts'
import type { Checker, Findings, Watched } from './checker.ts'

/** How long after something was done to an owner or to the network answers may lack services, in ms: detection, and coming back. */
const settleMs = 15_000

/** I8: each match is what its owner registered, and satisfies the expression by a filter that shares no code with the product. */
export const answersAreSound: Checker = {
  name: 'anytime_answers_are_sound',
  watch({ history, strangers }) {
    return collected((found) =>
      history.onAnswer((answer) => {
        for (const match of answer.answer.matches) {
          if (strangers.has(match.owner)) continue
          if (
            !answer.query.matches({
              name: match.name,
              attributes: match.attributes as Parameters<typeof answer.query.matches>[0]['attributes']
            })
          )
            found(`${told(answer)} shows ${match.name} of ${match.owner}, which does not satisfy it`)
          if (!history.wasRegistered(match, answer.untilMs))
            found(`${told(answer)} shows ${match.name} of ${match.owner} as it never was: ${JSON.stringify(match.attributes)}`)
        }
      })
    )
  }
}

/**
 * I5, I9: an answer that does not say that it may be incomplete has every service of an owner that was left alone, as it was last
 * acknowledged: for a strong read by a majority, else by all replicas.
 */
export const nothingIsMissedSilently: Checker = {
  name: 'anytime_nothing_is_missed_silently',
  watch(watched) {
    const { history, cloud } = watched
    const settled = watchSettled(watched)
    return collected((found) => {
      history.onAnswer((answer) => {
        if (answer.answer.partial || answer.answer.more || !isJudged(watched, answer)) return
        const shown = new Map(answer.answer.matches.map((match) => [`${match.owner}/${match.name}`, match]))
        for (const { peer } of cloud.nodes) {
          if (!leftAlone(watched, peer, answer.fromMs)) continue
          for (const name of history.names(peer)) {
            const change = standing(history.changes(peer, name), answer)
            if (change === undefined || !(answer.strong || settled.has(change, answer.fromMs))) continue
            const problem = contradiction(change, shown.get(`${peer}/${name}`), answer)
            if (problem !== undefined) found(`${told(answer)} ${problem}: ${name} of ${peer}, acknowledged at ${change.untilMs} ms`)
          }
        }
      })
    }, settled.look)
  }
}

/** Whether anything is demanded of an answer: one thing is broken at a time, or nothing has been for a while. */
function isJudged(watched: Watched, { asker, fromMs }: Answer): boolean {
  return watched.gentle ? leftAlone(watched, asker, fromMs) : watched.quietSince() + 2 * settleMs <= fromMs
}

/** Whether nothing was done to a peer for a while before a time, and its disk is what it was. */
export function leftAlone(watched: Watched, peer: PeerId, fromMs: number): boolean {
  return watched.disturbedAt(peer) + settleMs <= fromMs && !watched.lostDisks.has(peer)
}

/** The change that stood, acknowledged, all the time of an answer. */
function standing(changes: readonly Change[], { fromMs, untilMs }: Answer): Change | undefined {
  const last = changes.findLast((change) => change.fromMs <= untilMs && change.outcome !== 'refused')
  return last?.outcome === 'acknowledged' && last.untilMs !== undefined && last.untilMs <= fromMs ? last : undefined
}

function contradiction(change: Change, match: Match | undefined, { query }: Answer): string | undefined {
  if (change.description === undefined) return match && 'shows what was withdrawn'
  if (match !== undefined) return sameAttributes(change.description, match) ? undefined : 'shows what was superseded'
  return query.matches(change.description) ? 'misses' : undefined
}

/**
 * Notes, whenever it looks, which changes all replicas have in the epoch in which their owner runs. What an owner has is asked only
 * where something is still to be noted: that is dear.
 */
function watchSettled({ cloud, history }: Watched): { has(change: Change, beforeMs: number): boolean; look(): void } {
  const settled = new WeakMap<Change, { readonly epoch: number; readonly sinceMs: number }>()

  function unsettled(peer: PeerId, epoch: number): readonly Change[] {
    return history.names(peer).flatMap((name) => {
      const last = history.changes(peer, name).at(-1)
      const isOpen = last?.outcome === 'acknowledged' && last.description !== undefined && settled.get(last)?.epoch !== epoch
      return isOpen ? [last] : []
    })
  }

  return {
    has: (change, beforeMs) => (settled.get(change)?.sinceMs ?? Number.POSITIVE_INFINITY) <= beforeMs,
    look() {
      for (const { peer, overlay, registry } of cloud.nodes) {
        const open = unsettled(peer, overlay.member(peer)?.epoch ?? 0)
        if (open.length === 0) continue
        const own = new Map(registry.own().map((service) => [service.name, service]))
        for (const change of open) {
          const service = own.get(change.name)
          if (service === undefined) continue
          if (settled.get(change)?.epoch !== service.epoch) settled.delete(change)
          const isNews = settled.get(change) === undefined && service.acknowledged === service.replicas
          if (isNews) settled.set(change, { epoch: service.epoch, sinceMs: cloud.time.now })
        }
      }
    }
  }
}

function told({ strong, query, asker, fromMs }: Answer): string {
  return `the answer to ${strong ? 'strong ' : ''}${query.expression} at ${asker} from ${fromMs} ms`
}

/** A check that tells what was found since it was called last. */
function collected(begin: (found: (problem: string) => void) => void, look: () => void = () => {}): () => Findings {
  const problems: string[] = []
  begin((problem) => problems.push(problem))
  return () => {
    look()
    return problems.splice(0)
  }
}
