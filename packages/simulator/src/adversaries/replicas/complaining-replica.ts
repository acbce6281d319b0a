import type { Adversary, AdversaryGround } from '../adversary.ts'
import { keyOfReplica } from '../ground-keys.ts'
import type { Lies } from '../lying-transport.ts'
import { createRaid, type Raider } from '../raid.ts'
import { wire } from '../raw-protocol.ts'

/** How many shards the replica calls unready beside the real ones, and how long their names are: as much as an answer may hold. */
const invented = Array.from({ length: 27 }, (_, index) => `${index}`.padEnd(4_000, 'x'))

/** A replica that refuses every record, calls itself incomplete in everything, and asks for all services again and again. */
export function createComplainingReplica(ground: AdversaryGround): Adversary {
  return createRaid(ground, { name: 'complaining replica', lies: complaints, signer: keyOfReplica(ground) })
}

function complaints({ count, ground }: Raider): Lies {
  const unready = ['name', ...Object.keys(ground.schema.attributes)].map((attribute) => `${attribute}:..`)
  const codes = ['STORE_FULL', 'RECORD_FORGED', 'NOT_RESPONSIBLE', 'CANCELLED', 'QUOTA_EXCEEDED', 'NO_SUCH_CODE']
  let complaint = 0
  return {
    [wire.write]: (_, request) => {
      count('records refused')
      const { records } = request as { readonly records: readonly unknown[] }
      const error = { code: codes[complaint++ % codes.length] }
      return { failed: [...records.keys(), 1_000_000].slice(0, 256).map((index) => ({ index, error })), unready }
    },
    [wire.refresh]: (_, request) => {
      count('services called missing')
      const { services } = request as { readonly services: readonly unknown[] }
      return { missing: [...services.keys(), 999_999].slice(0, 1000), unready: [...unready, ...invented].slice(0, 15) }
    },
    [wire.reconcile]: async (answer) => ({ ...((await answer()) as object), ready: false })
  }
}
