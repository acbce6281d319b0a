import assert from 'node:assert/strict'
import { test } from 'node:test'
import { present, type StoreFactory, seededRandom } from '@cloudpeer/core'
import { createHashSigner, peerIdFromPublicKey } from '@cloudpeer/core/identity'
import { createMemoryStores, type MemoryStore } from '@cloudpeer/core/store'
import type { DamagedService } from '../../src/publisher/own-service-repair.ts'
import { OwnServices } from '../../src/publisher/own-services.ts'

const signer = createHashSigner(peerIdFromPublicKey(seededRandom(1).bytes(32)))

function openIn(stores: StoreFactory, epoch: number): OwnServices {
  return new OwnServices(stores, signer, { network: 'net', epoch, ttlMs: 1000 }, 100)
}

test('what a disk has put in the place of another service is not published, and what is whole is published once', () => {
  const stores = createMemoryStores()
  let raw: MemoryStore | undefined
  const services = openIn({ open: (name, migrations) => (raw = stores.open(name, migrations)) }, 1)
  services.put(['a', 'b'].map((name) => ({ name, attributes: { of: [name] }, endpoints: [] })))
  const other = "(SELECT seq, description, digest FROM services WHERE name = 'a')"
  raw?.prepare(`UPDATE services SET (seq, description, digest) = ${other} WHERE name = 'b'`).run()
  const image = present(raw, 'the store').image()
  const again = openIn({ open: (name, migrations) => stores.open(name, migrations, { image }) }, 2)
  const damaged: DamagedService[] = []
  const published = again.load((service) => damaged.push(service))
  assert.deepEqual([published.map(({ record }) => record.name), damaged], [['a'], [{ name: 'b', seq: 1 }]])
})
