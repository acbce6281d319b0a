import type { PeerId } from '@cloudpeer/core'
import type { Adversary, AdversaryGround } from '../adversary.ts'
import { createRaid, type Raider } from '../raid.ts'
import { wire } from '../raw-protocol.ts'

/** Fences are small numbers, and anybody can guess them: starts of an owner, and the newest leases of each. */
const epochs = 4
const fencesEach = 64

/**
 * Confirms, renews and releases leases of others again and again, the newest that there may be; tells their requesters that they have ended. An
 * owner's own answers tell it how many leases it has granted: what never was is LEASE_UNKNOWN.
 */
export function createThief(ground: AdversaryGround): Adversary {
  const granted = new Map<PeerId, number>()
  return createRaid(ground, {
    name: 'thief',
    attack: async (raider) => {
      for (const target of raider.targets()) granted.set(target, await steal(raider, target, granted.get(target) ?? 0))
    }
  })
}

/** Tries what an owner granted last, and what it will have granted soon; how many leases it has granted by now. */
async function steal({ send, count }: Raider, target: PeerId, granted: number): Promise<number> {
  const from = Math.max(1, granted - fencesEach / 2)
  let newest = granted
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const fences = Array.from({ length: fencesEach }, (_, index) => ({ epoch, seq: from + index }))
    for (const id of [wire.confirm, wire.renew, wire.release]) {
      const reply = (await send(target, id, { fences })) as { readonly outcomes: readonly unknown[] } | undefined
      for (const outcome of reply?.outcomes ?? []) count(typeof outcome === 'string' ? outcome : 'stolen')
      if (id === wire.confirm) newest = Math.max(newest, from + (reply?.outcomes ?? []).findLastIndex(isKnown))
    }
    await send(target, wire.revoke, { fences })
  }
  return newest
}

function isKnown(outcome: unknown): boolean {
  return outcome !== 'LEASE_UNKNOWN' && outcome !== 'LEDGER_READ_ONLY'
}
