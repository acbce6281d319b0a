import { decode, encode } from '@cloudpeer/core'
import type { Adversary, AdversaryGround } from '../adversary.ts'
import type { Lies } from '../lying-transport.ts'
import { createRaid, type Raider } from '../raid.ts'
import { emptyTable, wire } from '../raw-protocol.ts'

/** The gossipsub topic that all members follow. */
const topic = 'network'
/** The schema version that it claims. */
const version = 1_000_000

/** A member that claims to have a newer schema, in the name of the founder and in its own, wherever a schema is told. */
export function createPretender(ground: AdversaryGround): Adversary {
  return createRaid(ground, { name: 'pretender', lies: falseVersions, attack: pretend })
}

function forged({ ground, signer, random }: Raider): readonly { readonly body: Uint8Array; readonly signature: Uint8Array }[] {
  const fields = decode(ground.descriptor.body) as Readonly<Record<string, unknown>>
  const usurped = encode({ ...fields, schemaVersion: version, schema: {} })
  const own = encode({ ...fields, founder: signer.self, schemaVersion: version, schema: {} })
  return [
    { body: usurped, signature: signer.sign('cloudpeer/network/v1', usurped) },
    { body: usurped, signature: ground.descriptor.signature },
    { body: usurped, signature: random.bytes(64) },
    { body: own, signature: signer.sign('cloudpeer/network/v1', own) }
  ]
}

function falseVersions(raider: Raider): Lies {
  let asked = 0
  return {
    [wire.network]: () => {
      raider.count('asked for its schema')
      const descriptors = forged(raider)
      return descriptors[asked++ % descriptors.length]
    },
    [wire.sync]: async (answer) => ({ ...((await answer()) as object), schemaVersion: version })
  }
}

async function pretend(raider: Raider): Promise<void> {
  const { transport, targets, send, count } = raider
  for (const descriptor of forged(raider)) {
    await transport.publish(topic, encode({ kind: 'schema', descriptor }))
    count('published')
  }
  for (const target of targets()) {
    await send(target, wire.sync, { ...emptyTable, schemaVersion: version })
    count('claimed')
  }
}
