import { packRecords, type SignedRecord, unpackRecords } from '@cloudpeer/registry/protocols'
import type { Adversary, AdversaryGround } from '../adversary.ts'
import { keyOfReplica } from '../ground-keys.ts'
import type { Lies } from '../lying-transport.ts'
import { createRaid, type Raider } from '../raid.ts'
import { wire } from '../raw-protocol.ts'
import { fieldsOf, signFields } from '../records/signed-fields.ts'
import { readAnswer } from './dishonest-answers.ts'

interface ReadReply {
  readonly rows: Uint8Array
  readonly more: boolean
}

/**
 * A replica that answers reads with what nobody asked for: records that do not match, the same page for ever, each record
 * twice, the wrong order, more than was wanted, bytes that are no page, and sizes beyond all bounds.
 */
export function createIrrelevantReplica(ground: AdversaryGround): Adversary {
  return createRaid(ground, { name: 'irrelevant replica', lies: irrelevances, signer: keyOfReplica(ground) })
}

function irrelevances(raider: Raider): Lies {
  const { signer, random, count } = raider
  const strange = Array.from({ length: 3 }, (_, index) => {
    return signFields(signer, { ...fieldsOf(raider, `zz-${index}`), attributes: { cores: [999_999], kind: ['nothing'] } })
  })
  const many = (records: readonly SignedRecord[]): readonly SignedRecord[] =>
    Array.from({ length: 20 }, () => records)
      .flat()
      .slice(0, 100)
  const kinds: readonly ((honest: ReadReply) => unknown)[] = [
    () => readAnswer(strange),
    () => readAnswer(strange, true),
    (honest) => ({ ...honest, more: true }),
    (honest) => readAnswer(many(unpackRecords(honest.rows))),
    (honest) => ({ ...honest, rows: packRecords(unpackRecords(honest.rows).reverse()) }),
    (honest) => ({ ...honest, rows: honest.rows.subarray(0, -1) }),
    (honest) => ({ ...honest, held: Number.MAX_VALUE, read: Number.MAX_VALUE }),
    () => readAnswer([{ bytes: random.bytes(100), signature: random.bytes(64) }]),
    () => ({ rows: 'none', more: 'maybe' })
  ]
  let said = 0
  return {
    [wire.read]: async (answer) => {
      const honest = (await answer()) as ReadReply
      count('reads')
      return kinds[said++ % kinds.length]?.(honest)
    }
  }
}
