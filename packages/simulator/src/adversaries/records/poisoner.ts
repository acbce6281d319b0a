import { encode } from '@cloudpeer/core'
import type { SignedRecord } from '@cloudpeer/registry/protocols'
import type { Adversary, AdversaryGround } from '../adversary.ts'
import { createRaid, type Raider } from '../raid.ts'
import { wire } from '../raw-protocol.ts'
import { fieldsOf, type RecordFields, signBytes, signFields, write } from './signed-fields.ts'

/** A member whose signatures are in order and whose records and queries are made to break whoever reads them. */
export function createPoisoner(ground: AdversaryGround): Adversary {
  return createRaid(ground, { name: 'poisoner', lies: () => ({}), attack: poison, intervalMs: 5_000 })
}

async function poison(raider: Raider): Promise<void> {
  const records = [...poisonFields.map((fields) => signFields(raider.signer, { ...fieldsOf(raider, 'poison'), ...fields })), ...raw(raider)]
  for (const target of raider.targets()) {
    for (const record of records) await write(raider, target, [record])
    for (const expression of poisonExpressions) {
      if ((await raider.send(target, wire.query, { expression })) !== undefined) raider.count('queries answered')
      await raider.send(target, wire.read, { shards: [{ attribute: 'name' }], expression, limit: 1000, orderBy: 'constructor' })
    }
    raider.count('poison records', records.length)
    raider.count('poison queries', poisonExpressions.length)
  }
}

const long = 'z'.repeat(8_000)

/** Well-formed CBOR of wrong, extreme or treacherous content. */
const poisonFields: readonly RecordFields[] = [
  { name: 'poison-order', attributes: { cores: [9, 1, 5, 1], kind: ['z', 'a'] } },
  { name: 'poison-long', attributes: { kind: [long], region: [long] } },
  { name: 'poison-type', attributes: { cores: ['four', true, 4.5], kind: [7], load: [false] } },
  { name: 'poison-edge', attributes: { cores: [Number.MAX_VALUE, Number.MIN_VALUE, -Number.MAX_VALUE], load: [1e308] } },
  { name: 'poison-unicode', attributes: { kind: ['\u0000', '\u202eevil\u202c', 'e\u0301', '\ufeff', '\u{10ffff}'] } },
  { name: 'poison-huge-version', epoch: 1e300, seq: 1e300 },
  { name: 'poison-float-version', epoch: 1.5, seq: 1 },
  { name: 'poison-eternal', ttlMs: 1e15 },
  { name: 'poison-prototype', attributes: Object.fromEntries([['__proto__', ['cores']]]) },
  { name: 'poison-prototype-names', attributes: { constructor: ['x'], toString: ['x'], hasOwnProperty: [1], valueOf: [true] } },
  { name: 'poison-many', attributes: Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`a${index}`, [index]])) },
  { name: 'poison-values', attributes: { cores: Array.from({ length: 1000 }, (_, index) => index) } },
  { name: 'poison-empty', attributes: { cores: [] } },
  { name: 'poison-nested', attributes: { cores: [[[[4]]]], kind: [{ a: { b: ['c'] } }] } },
  { name: '__proto__' },
  { name: '' },
  { name: 'x'.repeat(4_000) },
  { name: 'poison-bytes', attributes: { kind: [new Uint8Array(64)] }, endpoints: [long] },
  { name: 'poison-big', attributes: { cores: [2n ** 64n - 1n] }, seq: 2n ** 60n }
]

/** Bytes that are no record, or CBOR that no honest encoder makes. */
function raw({ signer, networkId, random }: Raider): readonly SignedRecord[] {
  const cbor = encode({ name: 'poison' })
  const bodies = [
    random.bytes(1_000),
    new Uint8Array(17_000).fill(0x81),
    Uint8Array.of(0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0xf9, 0x7e, 0x00),
    Uint8Array.of(0x9f, 0x01, 0xff),
    Uint8Array.of(0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x02),
    cbor.subarray(0, -1)
  ]
  return bodies.map((bytes) => signBytes(signer, bytes, `cloudpeer/record/v1/${networkId}`))
}

const poisonExpressions: readonly string[] = [
  '('.repeat(8_000),
  `${'('.repeat(60)}cores == 1${')'.repeat(60)}`,
  '!'.repeat(16_000),
  '-'.repeat(16_000),
  Array.from({ length: 900 }, (_, index) => `cores == ${index}`).join(' || '),
  Array.from({ length: 12 }, (_, index) => `(cores == ${index} || load == ${index} || kind == "${index}")`).join(' && '),
  `cores in [${Array.from({ length: 10_000 }, (_, index) => index).join(',')}]`,
  'has(constructor)',
  '__proto__ == 1',
  'attributes["__proto__"] == 1',
  'attributes.constructor == "x"',
  'has(attributes.tostring)',
  'kind == "\u0000"',
  'cores == 9223372036854775807',
  'load == 1e400',
  'kind.matches("(a+)+$")',
  'cores == cores',
  '\ud800',
  ' '.repeat(16_000),
  'name.startsWith("")',
  'true'
]
