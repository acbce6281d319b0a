import { isCloudError, present } from '@cloudpeer/core'
import type { Machine } from '../cloud/machine.ts'
import type { SimulatedCloud, SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Fault, Struck } from './fault.ts'

/** A node that could not start tries again after this time, in ms. */
const rebootMs = 2_000
/** Share of the unsynced stores that lose commits where the power fails. */
const lostCommitsShare = 0.75

/** The process ends without a word and comes back with its disk. */
export const crash: Fault = {
  kind: 'crash',
  range: { forMs: [200, 60_000], machines: [1, 3], amount: [0, 0] },
  owners: 'disturbed',
  gentle: true,
  strike: (struck) => takeDown(struck, (node) => struck.cloud.crash(node))
}

/** Up to half of the machines lose power at once. */
export const blackout: Fault = {
  kind: 'blackout',
  range: { forMs: [1_000, 40_000], machines: [0.1, 0.5], amount: [0, 0] },
  owners: 'disturbed',
  gentle: false,
  strike: crash.strike
}

/** The node stops cleanly and says that it will be back. */
export const stop: Fault = {
  kind: 'stop',
  range: { forMs: [200, 30_000], machines: [1, 2], amount: [0, 0] },
  owners: 'disturbed',
  gentle: true,
  strike: (struck) => takeDown(struck, (node) => void node.stop('temporary'))
}

/** The node leaves for good; later somebody starts it again all the same. */
export const leave: Fault = {
  kind: 'leave',
  range: { forMs: [1_000, 60_000], machines: [1, 2], amount: [0, 0] },
  owners: 'disturbed',
  gentle: true,
  strike: (struck) => takeDown(struck, (node) => void node.stop('permanent'))
}

/** The process ends and never comes back: until the end of the run the others have to do without it, were it the founder's. */
export const death: Fault = {
  kind: 'death',
  range: { forMs: [1, 1], machines: [1, 2], amount: [0, 0] },
  owners: 'disturbed',
  gentle: true,
  strike(struck) {
    takeDown(sparingTwoEntrances(struck), (node) => struck.cloud.crash(node))
    return () => {}
  }
}

/** The machine loses power and is never heard of again: unlike a process that ended, nothing refuses for it. */
export const powerLoss: Fault = {
  kind: 'power loss',
  range: { forMs: [1, 1], machines: [1, 2], amount: [0, 0] },
  owners: 'disturbed',
  gentle: true,
  strike(struck) {
    takeDown(sparingTwoEntrances(struck), (node) => struck.cloud.vanish(node))
    return () => {}
  }
}

/** The process stands still, as under SIGSTOP or while its virtual machine is moved. */
export const freeze: Fault = {
  kind: 'freeze',
  range: { forMs: [1_000, 60_000], machines: [1, 3], amount: [0, 0] },
  owners: 'disturbed',
  gentle: true,
  strike: ({ cloud, machines, tookEffect }) => {
    const lifts = running(cloud, machines).map(({ peer }) => cloud.network.freeze(peer))
    if (lifts.length > 0) tookEffect()
    return () => {
      for (const lift of lifts) lift()
    }
  }
}

/** The event loop stands still every second: `amount` ms each time. */
export const stutter: Fault = {
  kind: 'stutter',
  range: { forMs: [5_000, 30_000], machines: [1, 2], amount: [50, 900] },
  owners: 'disturbed',
  gentle: true,
  strike: ({ cloud, machines, amount, tookEffect }) => {
    const { clock } = cloud.time
    let lasts = true
    const stall = (): void => {
      if (!lasts) return
      for (const { peer } of running(cloud, machines)) {
        cloud.network.stall(peer, amount)
        tookEffect()
      }
      clock.schedule(1_000, stall)
    }
    stall()
    return () => {
      lasts = false
    }
  }
}

/** The machine takes `amount` ms for each message and timer. */
export const slowness: Fault = {
  kind: 'slowness',
  range: { forMs: [5_000, 60_000], machines: [1, 3], amount: [1, 40] },
  owners: 'disturbed',
  gentle: true,
  strike: ({ cloud, machines, amount, tookEffect }) => {
    const lifts = machines.map(({ peer }) => cloud.network.slow(peer, amount))
    if (running(cloud, machines).length > 0) tookEffect()
    return () => {
      for (const lift of lifts) lift()
    }
  }
}

/** The disk is empty when the process comes back: nothing is left of it but its key. */
export const lostDisk: Fault = {
  kind: 'lost disk',
  range: { forMs: [200, 40_000], machines: [1, 2], amount: [0, 0] },
  owners: 'lost',
  gentle: false,
  strike: (struck) =>
    takeDown(struck, (node) => {
      struck.cloud.crash(node)
      node.machine.disk.erase()
    })
}

/** The machine goes back to an image of its disk that is as old as the fault is long. */
export const oldSnapshot: Fault = {
  kind: 'old snapshot',
  range: { forMs: [5_000, 60_000], machines: [1, 2], amount: [0, 0] },
  owners: 'lost',
  gentle: false,
  strike({ cloud, machines, tookEffect }) {
    const images = running(cloud, machines).map(({ machine }) => ({ machine, image: machine.disk.snapshot() }))
    return async () => {
      for (const { machine, image } of images) {
        const node = cloud.nodeOn(machine)
        if (node === undefined) continue
        cloud.crash(node)
        machine.disk.restore(image)
        tookEffect()
        bootSoon(cloud, machine)
      }
    }
  }
}

/**
 * The power fails `amount` ms after the fault began and comes back at its end. Of the stores that are not synced at each commit most lose
 * what was committed meanwhile.
 */
export const powerCut: Fault = {
  kind: 'power cut',
  range: { forMs: [2_000, 50_000], machines: [1, 3], amount: [500, 20_000] },
  owners: 'lost',
  gentle: false,
  strike(struck) {
    const images = running(struck.cloud, struck.machines).map(({ machine }) => ({ machine, image: machine.disk.snapshot() }))
    let restore: (() => void) | undefined
    const cut = (): void => {
      restore ??= takeDown(struck, (node) => {
        struck.cloud.crash(node)
        const image = images.find(({ machine }) => machine === node.machine)?.image
        if (image !== undefined) node.machine.disk.losePower(image, () => struck.random.next() < lostCommitsShare)
      })
    }
    struck.cloud.time.clock.schedule(struck.amount, cut)
    return () => {
      cut()
      restore?.()
    }
  }
}

/** New machines join, through the entrances. */
export const join: Fault = {
  kind: 'join',
  range: { forMs: [1, 1], machines: [1, 1], amount: [0, 0] },
  owners: 'disturbed',
  gentle: true,
  newcomers: true,
  strike: bringUp
}

/** Many machines join at the same moment. */
export const massJoin: Fault = {
  kind: 'mass join',
  range: { forMs: [1, 1], machines: [0.2, 0.6], amount: [0, 0] },
  owners: 'disturbed',
  gentle: false,
  newcomers: true,
  strike: bringUp
}

/** The machines through which everybody joins are down while others come. */
export const bootstrapLoss: Fault = {
  kind: 'bootstrap loss',
  range: { forMs: [10_000, 40_000], machines: [2, 6], amount: [0, 0] },
  owners: 'disturbed',
  gentle: false,
  newcomers: true,
  strike(struck) {
    const restore = takeDown({ ...struck, machines: struck.cloud.entrances() }, (node) => struck.cloud.crash(node))
    bringUp(struck)
    return restore
  }
}

/** For a while machines crash and come back all the time: a share of `amount` of them in a minute. */
export const churn: Fault = {
  kind: 'churn',
  range: { forMs: [20_000, 80_000], machines: [0.2, 0.6], amount: [0.1, 1] },
  owners: 'disturbed',
  gentle: false,
  strike({ cloud, machines, amount, random, tookEffect }) {
    const { clock } = cloud.time
    const pauseMs = 60_000 / Math.max(1, amount * machines.length)
    let lasts = true
    const strikeOne = (): void => {
      if (!lasts) return
      const machine = present(machines[random.integer(machines.length)], 'a machine')
      const node = cloud.nodeOn(machine)
      if (node === undefined) bootSoon(cloud, machine)
      else {
        cloud.crash(node)
        tookEffect()
      }
      clock.schedule(pauseMs * (0.5 + random.next()), strikeOne)
    }
    strikeOne()
    return () => {
      lasts = false
      for (const machine of machines) bootSoon(cloud, machine)
    }
  }
}

function running(cloud: SimulatedCloud, machines: readonly Machine[]): readonly SimulatedNode[] {
  return machines.flatMap((machine) => cloud.nodeOn(machine) ?? [])
}

/** Without two of the three entrances: each of these needs another to come back, should it have lost its disk. */
function sparingTwoEntrances(struck: Struck): Struck {
  return { ...struck, machines: struck.machines.filter(({ number }) => number !== 1 && number !== 2) }
}

/** Takes down those that run, and brings them back when lifted. */
export function takeDown({ cloud, machines, tookEffect }: Struck, down: (node: SimulatedNode) => void): () => void {
  const struck = running(cloud, machines)
  for (const node of struck) {
    down(node)
    tookEffect()
  }
  return () => {
    for (const { machine } of struck) bootSoon(cloud, machine)
  }
}

function bringUp({ cloud, machines, tookEffect }: Struck): () => void {
  for (const machine of machines) {
    bootSoon(cloud, machine)
    tookEffect()
  }
  return () => {}
}

/** Starts a node, as a service manager does: again and again until its disk lets it. */
function bootSoon(cloud: SimulatedCloud, machine: Machine): void {
  if (cloud.nodeOn(machine) !== undefined || cloud.hasVanished(machine)) return
  const { clock } = cloud.time
  cloud.boot(machine).catch((error: unknown) => {
    if (isCloudError(error)) clock.schedule(rebootMs, () => bootSoon(cloud, machine))
    else clock.schedule(0, () => throwBug(error))
  })
}

/** Fails the run. */
function throwBug(error: unknown): never {
  throw error
}
