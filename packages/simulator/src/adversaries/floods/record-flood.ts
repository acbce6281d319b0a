import type { Adversary, AdversaryGround } from '../adversary.ts'
import { createKey, createRaid, type Raider } from '../raid.ts'
import { fieldsOf, signFields, write } from '../records/signed-fields.ts'

/** Records of one write. */
const batch = 100

/** How many records are written to each node in a second, and by how many owners that do not exist; by the writer itself if 0. */
interface RecordFloodOptions {
  readonly perSecond?: number
  readonly owners?: number
}

/** A tenant, or as many as it invents, that writes records to every node without end. */
export function createRecordFlood(ground: AdversaryGround, { perSecond = 200, owners = 0 }: RecordFloodOptions = {}): Adversary {
  const invented = Array.from({ length: owners }, () => createKey(ground))
  let written = 0

  async function flood(raider: Raider): Promise<void> {
    for (let left = perSecond; left > 0; left -= batch) {
      const records = Array.from({ length: Math.min(left, batch) }, () => {
        const signer = invented[written % Math.max(owners, 1)] ?? raider.signer
        return signFields(signer, fieldsOf(raider, `flood-${written++}`, signer.self))
      })
      for (const target of raider.targets()) await write(raider, target, records)
      raider.count('records written', records.length)
    }
  }

  return createRaid(ground, { name: 'record flood', lies: () => ({}), attack: flood })
}
