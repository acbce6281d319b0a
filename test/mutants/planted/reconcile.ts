import type { PlantedBug } from '../mutant.ts'

const reconcile = 'packages/registry/src/reconcile'

/** Bugs of set reconciliation. */
export const reconcileBugs: readonly PlantedBug[] = [
  {
    name: 'a fingerprint of the number alone',
    file: `${reconcile}/fingerprint.ts`,
    find: 'for (let i = from; i < to; i++) addWords',
    replace: 'for (let i = from; i < from; i++) addWords'
  },
  {
    name: 'a fingerprint without the last item',
    file: `${reconcile}/fingerprint.ts`,
    find: 'for (let i = from; i < to; i++) addWords',
    replace: 'for (let i = from; i < to - 1; i++) addWords'
  },
  {
    name: 'one wanted key is dropped',
    file: `${reconcile}/exchange.ts`,
    find: 'if (wanted.length > 0) this.#want(wanted, interval)',
    replace: 'if (wanted.length > 1) this.#want(wanted.slice(1), interval)'
  },
  {
    name: 'an interval of which nothing is here is not fetched',
    file: `${reconcile}/exchange.ts`,
    find: 'if (there.count > 0) this.lacking.push(interval)',
    replace: 'if (there.count > 1e6) this.lacking.push(interval)'
  },
  {
    name: 'only the first of the lacking is fetched',
    file: `${reconcile}/reconciler.ts`,
    find: 'sample(random, exchange.lacking, exchange.lacking.length)',
    replace: 'sample(random, exchange.lacking, 1)'
  },
  {
    name: 'a cut leaves a gap',
    file: `${reconcile}/item-list.ts`,
    find: 'from: part === 0 ? interval.from : cuts[part - 1], to }))',
    replace: 'from: part === 0 ? interval.from : cuts[part], to }))'
  },
  {
    name: 'what was differing is not looked at again',
    file: `${reconcile}/exchange.ts`,
    find: 'this.#open = [...differing, ...this.#unanswered(stoppedAt), ...this.#open]',
    replace: 'this.#open = [...this.#unanswered(stoppedAt), ...this.#open]'
  },
  {
    name: 'an unfinished comparison counts as complete',
    file: `${reconcile}/responder.ts`,
    find: 'ready: held.isReady(by)',
    replace: 'ready: held.get(shard) !== undefined'
  },
  {
    name: 'a list of copies is not renewed',
    file: `${reconcile}/shard-items.ts`,
    find: 'if (revision === store.revision) return',
    replace: 'if (revision >= 0) return'
  },
  {
    name: 'a page of copies lacks its last row',
    file: `${reconcile}/responder.ts`,
    find: 'const rows = candidates.slice(0, countThatFits(candidates))\n      const next = selected[rows.length]\n',
    replace:
      'const rows = candidates.slice(0, Math.max(1, countThatFits(candidates) - 1))\n      const next = selected[candidates.length]\n'
  }
]
