import assert from 'node:assert/strict'
import { test } from 'node:test'
import { present, type StoreFactory, seededRandom } from '@cloudpeer/core'
import { createHashSigner, peerIdFromPublicKey } from '@cloudpeer/core/identity'
import { createMemoryStores, type MemoryStore } from '@cloudpeer/core/store'
import { OwnServices } from '../../src/publisher/own-services.ts'

const signer = createHashSigner(peerIdFromPublicKey(seededRandom(1).bytes(32)))

function openIn(stores: StoreFactory, epoch: number): OwnServices {
  return new OwnServices(stores, signer, { network: 'net', epoch, ttlMs: 1000 }, 100)
}

/** The services `a` and `b` of the run before, of which the disk has put `a` in the place of `b`. */
function openDamaged(): OwnServices {
  const stores = createMemoryStores()
  let raw: MemoryStore | undefined
  const services = openIn({ open: (name, migrations) => (raw = stores.open(name, migrations)) }, 1)
  services.put(['a', 'b'].map((name) => ({ name, attributes: { of: [name] }, endpoints: [] })))
  const other = "(SELECT seq, description, digest FROM services WHERE name = 'a')"
  raw?.prepare(`UPDATE services SET (seq, description, digest) = ${other} WHERE name = 'b'`).run()
  const image = present(raw, 'the store').image()
  return openIn({ open: (name, migrations) => stores.open(name, migrations, { image }) }, 2)
}

test('what a disk has put in the place of another service is not published, and what is whole is published once', () => {
  const services = openDamaged()
  const published = services.load()
  assert.deepEqual([published.map(({ record }) => record.name), services.damaged], [['a'], [{ name: 'b', seq: 1 }]])
})

test('a damaged service is removed as any other', () => {
  const services = openDamaged()
  services.load()
  const { deleted, epoch, seq } = present(services.remove('b'), 'a tombstone').record
  assert.deepEqual([deleted, epoch, seq, services.damaged, services.load().length], [true, 2, 2, [], 1])
  assert.equal(services.remove('b'), undefined)
})

test('a damaged service that is put again is whole', () => {
  const services = openDamaged()
  services.load()
  services.put([{ name: 'b', attributes: {}, endpoints: [] }])
  assert.deepEqual([services.damaged, services.load().length], [[], 2])
})
