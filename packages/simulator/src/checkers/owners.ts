import { errorMessage, type PeerId, pick } from '@cloudpeer/core'
import { type OwnService, queryLimitMax } from '@cloudpeer/registry'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import { asPlain } from '../workload/client.ts'
import { type Change, sameAttributes } from '../workload/history.ts'
import type { Checker } from './checker.ts'

/** I15: an owner has, after any number of restarts with its disk, what it was told that it has; and without it, what it was told since. */
export const ownersKeepTheirServices: Checker = {
  name: 'eventually_owners_keep_their_services',
  watch({ cloud, history, lostDisks }) {
    const startedAt = new Map<PeerId, number>()
    cloud.onNode(({ peer }) => startedAt.set(peer, cloud.time.now))

    function isKept(own: OwnService | undefined, changes: readonly Change[], owner: PeerId): boolean {
      if (!lostDisks.has(owner)) return mayBe(own, changes)
      const since = changes.filter(({ fromMs }) => fromMs >= (startedAt.get(owner) ?? 0))
      return !since.some(({ outcome }) => outcome === 'acknowledged') || mayBe(own, since)
    }

    return () =>
      cloud.nodes.flatMap(({ peer, registry }) => {
        const own = new Map(registry.own().map((service) => [service.name, service]))
        return history
          .names(peer)
          .filter((name) => !isKept(own.get(name), history.changes(peer, name), peer))
          .map((name) => `${peer} has not what it registered or withdrew as ${name}`)
      })
  }
}

/** I6: whatever its disk has become, an owner that starts again signs nothing that its client never registered. */
export const ownersSignWhatWasRegistered: Checker = {
  name: 'anytime_owners_sign_what_was_registered',
  watch({ cloud, history }) {
    const starting = new Set<SimulatedNode>()
    cloud.onNode((node) => starting.add(node))

    function madeUpAt({ peer, registry }: SimulatedNode): readonly string[] {
      const madeUp = registry.own().filter((own) => {
        return !history.changes(peer, own.name).some(({ description }) => description !== undefined && sameAttributes(description, own))
      })
      return madeUp.map(({ name }) => `${peer} has signed a service ${name} that was never registered so`)
    }

    return () => {
      const started = [...starting].filter(({ overlay }) => overlay.state === 'joined')
      for (const node of started) starting.delete(node)
      return started.flatMap(madeUpAt)
    }
  }
}

/** Whether a service is what its last certain change, or an uncertain one after that, made of it. */
function mayBe(own: OwnService | undefined, changes: readonly Change[]): boolean {
  const effective = changes.filter(({ outcome }) => outcome !== 'refused')
  const certain = effective.findLastIndex(({ outcome }) => outcome === 'acknowledged')
  const candidates = certain < 0 ? [undefined, ...effective] : effective.slice(certain)
  return candidates.some((change) => {
    if (change?.description === undefined) return own === undefined
    return own !== undefined && sameAttributes(change.description, own)
  })
}

/** Queries asked at a look and at the last one, every second of them strong. */
const queriesPerLook = 2
const queriesAtLast = 8

/** L1: answers are what a plain filter finds among the services of those that run. */
export const answersEqualTheTruth: Checker = {
  name: 'eventually_answers_equal_the_truth',
  watch({ cloud, client, random, strangers }) {
    return async (isLast) => {
      const services = cloud.nodes.flatMap(({ peer, registry }) => registry.own().map((own) => ({ peer, own })))
      const problems: string[] = []
      for (const strong of Array.from({ length: isLast ? queriesAtLast : queriesPerLook }, (_, index) => index % 2 === 1)) {
        const node = pick(random, cloud.nodes)
        const query = client.nextQuery(random)
        const expected = services.filter(({ own }) => query.matches(asPlain(own))).map(({ peer, own }) => `${peer}/${own.name}`)
        const problem = await differs(node, query.expression, strong, expected, strangers)
        if (problem !== undefined) problems.push(`${strong ? 'strong ' : ''}${query.expression} at ${node.peer} ${problem}`)
      }
      return problems
    }
  }
}

async function differs(
  node: SimulatedNode,
  expression: string,
  strong: boolean,
  expected: readonly string[],
  strangers: ReadonlyMap<PeerId, string>
): Promise<string | undefined> {
  try {
    const { matches, partial } = await node.registry.query({ expression, limit: queryLimitMax, strong })
    if (partial) return 'may be incomplete'
    const found = new Set(matches.flatMap(({ owner, name }) => (strangers.has(owner) ? [] : [`${owner}/${name}`])))
    const missing = expected.filter((id) => !found.has(id))
    const surplus = [...found].filter((id) => !expected.includes(id))
    return missing.length + surplus.length === 0
      ? undefined
      : `misses ${missing.join(', ') || 'nothing'} and has ${surplus.join(', ') || 'nothing'} too much`
  } catch (error) {
    return `fails: ${errorMessage(error)}`
  }
}
