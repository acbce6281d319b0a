import type { PeerId } from '@cloudpeer/core'
import type { Answer } from '../workload/history.ts'
import type { Checker } from './checker.ts'

/** I9: an answer that does not say that it may be incomplete has heard a replica of every shard that it needed. */
export const wholeAnswersHeardEachShard: Checker = {
  name: 'anytime_whole_answers_heard_each_shard',
  watch({ history }) {
    const problems: string[] = []
    history.onAnswer((answer) => {
      if (answer.answer.partial) return
      const heard = new Set(askedOf(answer).flatMap(({ shard, outcome }) => (outcome === 'answered' ? [shard] : [])))
      for (const shard of neededBy(answer))
        if (!heard.has(shard)) problems.push(`${told(answer)} is whole, though nobody answered for ${shard}`)
    })
    return () => problems.splice(0)
  }
}

/** Members besides itself that a node must know for anything to be demanded: who has just lost sight of all others has nobody to try. */
const othersMin = 4
/** How long a node knows them before that, in ms. */
const knownMs = 10_000

/** I9: a shard counts as missing only after more than one of its replicas was tried. */
export const missingShardsWereTried: Checker = {
  name: 'anytime_missing_shards_were_tried',
  watch({ cloud, history }) {
    const problems: string[] = []
    /** Since when nodes know enough others, in virtual ms; nothing of those that do not. */
    const acquaintedMs = new Map<PeerId, number>()
    cloud.onNode(({ peer, overlay }) => {
      acquaintedMs.delete(peer)
      overlay.onChange(() => {
        if (overlay.servers().length <= othersMin) acquaintedMs.delete(peer)
        else if (!acquaintedMs.has(peer)) acquaintedMs.set(peer, cloud.time.now)
      })
    })
    history.onAnswer((answer) => {
      const sinceMs = acquaintedMs.get(answer.asker)
      if (answer.strong || sinceMs === undefined || sinceMs + knownMs > answer.fromMs) return
      for (const shard of answer.answer.missing) {
        const tried = new Set(askedOf(answer).flatMap(({ shard: asked, node }) => (asked === shard ? [node] : [])))
        if (tried.size === 1) problems.push(`${told(answer)} gave ${shard} up after one replica`)
      }
    })
    return () => problems.splice(0)
  }
}

type Asked = NonNullable<Answer['answer']['explain']>['asked']

function askedOf({ answer }: Answer): Asked {
  return answer.explain?.asked ?? []
}

/** The shards that were chosen, by the last page's plan. */
function neededBy({ answer }: Answer): readonly string[] {
  const shards = (answer.explain?.terms ?? []).flatMap((term) => term.shards)
  return [...new Set(shards.flatMap(({ shard, chosen }) => (chosen ? [shard] : [])))]
}

function told({ strong, query, asker, fromMs }: Answer): string {
  return `the answer to ${strong ? 'strong ' : ''}${query.expression} at ${asker} from ${fromMs} ms`
}
