import { central } from './central.ts'
import { cloudpeer } from './cloudpeer.ts'
import { blind, directory, probe, sharedState } from './looks.ts'
import { bestFit, firstFit, randomFit } from './machine-pool.ts'
import { matchingOnly } from './matching-only.ts'
import { retrying } from './retrying.ts'
import type { Strategy } from './strategy.ts'

const queueText = 'one queue that knows everything at once; whoever fits is placed, in the order of arrival, without reservations'

/** All strategies. */
export const strategies: readonly Strategy[] = [
  cloudpeer,
  matchingOnly,
  central({
    name: 'central-best-fit',
    title: 'Central, best fit',
    about: `${queueText}, where least is left over`,
    colour: 2,
    choose: bestFit,
    skips: true
  }),
  central({
    name: 'central-first-fit',
    title: 'Central, first fit',
    about: `${queueText}, on the first machine with room`,
    colour: 3,
    choose: firstFit,
    skips: true
  }),
  central({
    name: 'central-random',
    title: 'Central, random',
    about: `${queueText}, on any machine with room`,
    colour: 4,
    choose: randomFit,
    skips: true
  }),
  central({
    name: 'strict-fifo',
    title: 'Strict FIFO',
    about: 'one queue that knows everything at once, whose first lets nobody pass',
    colour: 3,
    choose: randomFit,
    skips: false
  }),
  retrying({
    name: 'power-of-two',
    title: 'Power of two',
    about: 'asks two random machines and tries the one that fits better; backs off',
    colour: 5,
    createLook: () => probe(2)
  }),
  retrying({
    name: 'four-probes',
    title: 'Four probes',
    about: 'asks four random machines and tries the one that fits best; backs off',
    colour: 2,
    createLook: () => probe(4)
  }),
  retrying({ name: 'random-probe', title: 'Random', about: 'tries one random machine; backs off', colour: 1, createLook: blind }),
  retrying({
    name: 'directory-1s',
    title: 'Directory, 1 s old',
    about: 'tries a machine with room by a copy of what is free that is up to 1 s old; backs off',
    colour: 3,
    createLook: (pool) => directory(pool, 1_000)
  }),
  retrying({
    name: 'directory-10s',
    title: 'Directory, 10 s old',
    about: 'the same, up to 10 s old',
    colour: 4,
    createLook: (pool) => directory(pool, 10_000)
  }),
  retrying({
    name: 'optimistic',
    title: 'Optimistic',
    about: 'knows what is free everywhere, tries for all units at once; backs off',
    colour: 5,
    createLook: sharedState
  })
]

/** The strategies of these names, in the order of {@link strategies}. */
export function strategiesNamed(names: readonly string[]): readonly Strategy[] {
  return strategies.filter(({ name }) => names.includes(name))
}
