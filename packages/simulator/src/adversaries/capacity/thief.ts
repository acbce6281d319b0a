import type { Adversary, AdversaryGround } from '../adversary.ts'
import { createRaid, type Raider } from '../raid.ts'
import { wire } from '../raw-protocol.ts'

/** Fences are small numbers, and anybody can guess them: starts of an owner, and leases of a message. */
const epochs = 3
const fencesEach = 64
/** Leases that it tries altogether. */
const fencesMax = 4_096

/** Confirms, renews and releases leases of others, all that there may be, again and again; tells their requesters that they have ended. */
export function createThief(ground: AdversaryGround): Adversary {
  let from = 1
  return createRaid(ground, {
    name: 'thief',
    attack: async (raider) => {
      await steal(raider, from)
      from = (from + fencesEach) % fencesMax
    }
  })
}

async function steal({ targets, send, count }: Raider, from: number): Promise<void> {
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const fences = Array.from({ length: fencesEach }, (_, index) => ({ epoch, seq: from + index }))
    for (const target of targets()) {
      for (const id of [wire.confirm, wire.renew, wire.release]) {
        const reply = (await send(target, id, { fences })) as { readonly outcomes: readonly unknown[] } | undefined
        for (const outcome of reply?.outcomes ?? []) count(typeof outcome === 'string' ? outcome : 'stolen')
      }
      await send(target, wire.revoke, { fences })
    }
  }
}
