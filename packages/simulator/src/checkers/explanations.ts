import type { PeerId } from '@cloudpeer/core'
import { registryDefaults } from '@cloudpeer/registry'
import { shardId } from '@cloudpeer/registry/protocols'
import type { SimulatedCloud } from '../cloud/simulated-cloud.ts'
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

/** The shard that has every record. */
const names = shardId({ attribute: 'name' })
/** Members besides itself that a node must know for anything to be demanded: who has just lost sight of all others has nobody to try. */
const othersMin = 4
/** From when on a query may have ended because its time was over, in ms: clocks drift. */
const timeoutMs = 0.9 * registryDefaults.queryTimeoutMs
/** How long a node knows them before that, in ms. */
const knownMs = 10_000

/** I9: a shard counts as missing only after more than one of its replicas was tried. */
export const missingShardsWereTried: Checker = {
  name: 'anytime_missing_shards_were_tried',
  watch({ cloud, history }) {
    const problems: string[] = []
    const knewOthers = watchAcquaintance(cloud)
    history.onAnswer((answer) => {
      if (answer.strong || !knewOthers(answer)) return
      for (const shard of answer.answer.missing) {
        const tried = new Set(askedOf(answer).flatMap(({ shard: asked, node }) => (asked === shard ? [node] : [])))
        if (tried.size === 1) problems.push(`${told(answer)} gave ${shard} up after one replica`)
      }
    })
    return () => problems.splice(0)
  }
}

/** I9: whatever is missing, the shard of the names, which has every record, was asked for it as well, unless there was no time left. */
export const theNamesStandIn: Checker = {
  name: 'anytime_the_names_stand_in',
  watch({ cloud, history }) {
    const problems: string[] = []
    const knewOthers = watchAcquaintance(cloud)
    history.onAnswer((answer) => {
      const { partial, missing } = answer.answer
      if (!partial || answer.untilMs - answer.fromMs >= timeoutMs || !knewOthers(answer)) return
      if (!askedOf(answer).some(({ shard }) => shard === names))
        problems.push(`${told(answer)} lacks ${missing.join(', ')}, and asked no names`)
    })
    return () => problems.splice(0)
  }
}

/** Whether an asker knew enough others, and long enough, when it asked. */
function watchAcquaintance(cloud: SimulatedCloud): (answer: Answer) => boolean {
  /** Since when nodes know enough others, in virtual ms; nothing of those that do not. */
  const sinceMs = new Map<PeerId, number>()
  cloud.onNode(({ peer, overlay }) => {
    sinceMs.delete(peer)
    overlay.onChange(() => {
      if (overlay.servers().length <= othersMin) sinceMs.delete(peer)
      else if (!sinceMs.has(peer)) sinceMs.set(peer, cloud.time.now)
    })
  })
  return ({ asker, fromMs }) => (sinceMs.get(asker) ?? Number.POSITIVE_INFINITY) + knownMs <= fromMs
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
