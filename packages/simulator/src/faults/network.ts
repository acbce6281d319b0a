import type { SimulatedNetwork } from '@cloudpeer/transport/sim'
import type { Machine } from '../cloud/machine.ts'
import type { Fault, Lift, Struck } from './fault.ts'

/** Two sides that do not hear each other: the machines, and all others. */
export const partition: Fault = {
  kind: 'partition',
  range: { forMs: [1_000, 70_000], machines: [0.1, 0.5], amount: [0, 0] },
  owners: 'disturbed',
  gentle: false,
  strike: (struck) => counted(struck, 'block', ({ cloud, machines }) => cloud.network.partition(peers(machines), others(struck)))
}

/** What the machines send does not get through to the others; what they are sent does. */
export const oneWayPartition: Fault = {
  kind: 'one-way partition',
  range: { forMs: [1_000, 50_000], machines: [0.05, 0.4], amount: [0, 0] },
  owners: 'disturbed',
  gentle: false,
  strike: (struck) => counted(struck, 'block', ({ cloud, machines }) => cloud.network.block(peers(machines), others(struck)))
}

/** Two halves of the machines do not hear each other, and everybody else hears both. */
export const nonTransitivePartition: Fault = {
  kind: 'non-transitive partition',
  range: { forMs: [1_000, 60_000], machines: [0.2, 0.9], amount: [0, 0] },
  owners: 'disturbed',
  gentle: false,
  strike: (struck) =>
    counted(struck, 'block', ({ cloud, machines }) => {
      const middle = Math.ceil(machines.length / 2)
      return cloud.network.partition(peers(machines.slice(0, middle)), peers(machines.slice(middle)))
    })
}

/** A machine's network comes and goes: off and on again every `amount` ms. */
export const flapping: Fault = {
  kind: 'flapping link',
  range: { forMs: [5_000, 30_000], machines: [1, 2], amount: [500, 5_000] },
  owners: 'disturbed',
  gentle: false,
  strike: (struck) => {
    const { clock } = struck.cloud.time
    let lift: Lift | undefined
    let lasts = true
    const turn = (): void => {
      if (!lasts) return
      if (lift === undefined) lift = struck.cloud.network.partition(peers(struck.machines), others(struck))
      else {
        void lift()
        lift = undefined
      }
      clock.schedule(struck.amount, turn)
    }
    return counted(struck, 'block', () => {
      turn()
      return () => {
        lasts = false
        return lift?.()
      }
    })
  }
}

/** All that is on its way to the machines is held, and comes at once in the end. */
export const clog: Fault = {
  kind: 'clogged link',
  range: { forMs: [100, 5_000], machines: [1, 4], amount: [0, 0] },
  owners: 'disturbed',
  gentle: false,
  strike: (struck) => counted(struck, 'clog', ({ cloud, machines }) => all(machines.map(({ peer }) => cloud.network.clog({ to: peer }))))
}

/** A share of `amount` of what the machines send and receive is lost. */
export const loss: Fault = {
  kind: 'lossy link',
  range: { forMs: [5_000, 60_000], machines: [1, 4], amount: [0.05, 0.5] },
  owners: 'disturbed',
  gentle: false,
  strike: (struck) =>
    counted(struck, 'loss', ({ cloud, machines, amount }) => all(machines.map(({ peer }) => cloud.network.lose(amount, { at: peer }))))
}

/** Everything to and from the machines is `amount` ms later. */
export const delay: Fault = {
  kind: 'slow link',
  range: { forMs: [5_000, 60_000], machines: [1, 4], amount: [50, 3_000] },
  owners: 'disturbed',
  gentle: false,
  strike: (struck) =>
    counted(struck, 'delay', ({ cloud, machines, amount }) => all(machines.map(({ peer }) => cloud.network.delay(amount, { at: peer }))))
}

/** Few messages fit on the way to and from the machines at a time. */
export const narrowness: Fault = {
  kind: 'narrow link',
  range: { forMs: [5_000, 60_000], machines: [1, 4], amount: [2, 20] },
  owners: 'disturbed',
  gentle: false,
  strike: (struck) =>
    counted(struck, undefined, ({ cloud, machines, amount }) =>
      all(machines.map(({ peer }) => cloud.network.narrow(Math.ceil(amount), { at: peer })))
    )
}

/** The machines' monotonic clocks gain or lose `amount` parts per million, in turn. */
export const drift: Fault = {
  kind: 'clock drift',
  range: { forMs: [20_000, 100_000], machines: [1, 8], amount: [200, 50_000] },
  owners: 'disturbed',
  gentle: true,
  strike: (struck) =>
    counted(struck, 'drift', ({ cloud, machines, amount }) =>
      all(machines.map(({ peer }, index) => cloud.network.drift(peer, index % 2 === 0 ? amount : -amount)))
    )
}

/** The machines' wall clocks are set by up to a day: no protocol may notice. */
export const jump: Fault = {
  kind: 'clock jump',
  range: { forMs: [5_000, 60_000], machines: [1, 8], amount: [-86_400_000, 86_400_000] },
  owners: 'untouched',
  gentle: true,
  strike: (struck) =>
    counted(struck, undefined, ({ cloud, machines, amount }) => all(machines.map(({ peer }) => cloud.network.jump(peer, amount))))
}

type Effect = SimulatedNetwork['effects'] extends ReadonlyMap<infer Name, number> ? Name : never

/** Starts a fault of the network, and says at its end whether it did anything; `undefined` for what cannot be seen. */
function counted(struck: Struck, effect: Effect | undefined, start: (struck: Struck) => Lift): Lift {
  const { effects } = struck.cloud.network
  const before = effect === undefined ? -1 : (effects.get(effect) ?? 0)
  const lift = start(struck)
  return () => {
    if (effect === undefined || (effects.get(effect) ?? 0) > before) struck.tookEffect()
    return lift()
  }
}

function all(lifts: readonly (() => void)[]): Lift {
  return () => {
    for (const lift of lifts) lift()
  }
}

function peers(machines: readonly Machine[]): readonly Machine['peer'][] {
  return machines.map(({ peer }) => peer)
}

function others({ cloud, machines }: Struck): readonly Machine['peer'][] {
  const struck = new Set(peers(machines))
  return cloud.nodes.flatMap(({ peer }) => (struck.has(peer) ? [] : [peer]))
}
