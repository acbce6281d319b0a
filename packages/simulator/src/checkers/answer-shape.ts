import { leftAlone } from './answers.ts'
import type { Checker } from './checker.ts'

/** I8: an answer shows each service once, however many shards and replicas have it. */
export const answersNameEachServiceOnce: Checker = {
  name: 'anytime_answers_name_each_service_once',
  watch({ history }) {
    const problems: string[] = []
    history.onAnswer(({ query, asker, fromMs, answer: { matches } }) => {
      const ids = new Set(matches.map(({ owner, name }) => `${owner}/${name}`))
      if (ids.size < matches.length)
        problems.push(`the answer to ${query.expression} at ${asker} from ${fromMs} ms shows ${matches.length - ids.size} services twice`)
    })
    return () => problems.splice(0)
  }
}

/** I9: where at most one thing is broken at a time, every shard has a replica that answers a node that was left alone. */
export const oneFaultHidesNothing: Checker = {
  name: 'anytime_one_fault_hides_nothing',
  watch(watched) {
    const problems: string[] = []
    watched.history.onAnswer(({ query, strong, asker, fromMs, answer: { partial, missing } }) => {
      if (partial && !strong && watched.gentle && leftAlone(watched, asker, fromMs))
        problems.push(`the answer to ${query.expression} at ${asker} from ${fromMs} ms lacks ${missing.join(', ')}`)
    })
    return () => problems.splice(0)
  }
}
