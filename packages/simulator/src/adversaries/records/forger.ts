import { type PeerId, pick } from '@cloudpeer/core'
import type { SignedRecord } from '@cloudpeer/registry/protocols'
import type { Adversary, AdversaryGround } from '../adversary.ts'
import { createRaid, type Raider } from '../raid.ts'
import { wire } from '../raw-protocol.ts'
import { fieldsOf, type RecordFields, signFields, write } from './signed-fields.ts'

/** Writes records in the name of honest owners that these did not sign, and such as are stripped of a signature or a field. */
export function createForger(ground: AdversaryGround): Adversary {
  return createRaid(ground, { name: 'forger', attack: forge })
}

async function forge(raider: Raider): Promise<void> {
  const victim = pick(raider.random, raider.targets())
  for (const target of raider.targets()) {
    const forged = forgeries(raider, victim)
    await write(raider, target, forged)
    raider.count('forged', forged.length)
    const { bytes } = forged[0] as SignedRecord
    await raider.send(target, wire.write, { records: [[bytes, new Uint8Array()]] })
    await raider.send(target, wire.write, { records: [[bytes]] })
    raider.count('stripped', 2)
  }
}

function forgeries(raider: Raider, victim: PeerId): readonly SignedRecord[] {
  const { signer, random, networkId } = raider
  const theirs = fieldsOf(raider, 'forged', victim)
  const own = fieldsOf(raider, 'forged')
  const { signature } = signFields(signer, own)
  return [
    { ...signFields(signer, theirs), signature: random.bytes(64) },
    { ...signFields(signer, theirs), signature: new Uint8Array(64) },
    { ...signFields(signer, theirs), signature },
    signFields(signer, theirs),
    signFields(signer, { ...theirs, deleted: true, attributes: {}, seq: 1_000_000 }),
    signFields(signer, own, `cloudpeer/member/v1/${networkId}`),
    signFields(signer, { ...own, network: 'f'.repeat(32) }),
    ...['owner', 'network', 'epoch', 'attributes'].map((field) => signFields(signer, without(own, field), domainIn(raider)))
  ]
}

function domainIn({ networkId }: Raider): string {
  return `cloudpeer/record/v1/${networkId}`
}

function without(fields: RecordFields, field: string): RecordFields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== field))
}
