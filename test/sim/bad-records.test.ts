import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode, isCloudError } from '@cloudpeer/core'
import { createHashSigner } from '@cloudpeer/core/identity'
import { parseDescription } from '@cloudpeer/model'
import { createSimulatedCloud, type SimulatedCloud, workloadSchema } from '@cloudpeer/simulator'
import { defineProtocol } from '@cloudpeer/transport'
import { Type } from 'typebox'

/** The documented write, without the registry's own checks on the sending side. */
const writeProtocol = defineProtocol({
  id: '/cloudpeer/registry/write/1',
  request: Type.Any(),
  reply: Type.Any(),
  requestBytesMax: 1024 * 1024,
  replyBytesMax: 1024 * 1024,
  rate: { perSecond: 1000, burst: 1000 },
  lane: 'bulk',
  timeoutMs: 5000
})

const service = { name: 'web', attributes: { cores: [4], kind: ['web'] }, endpoints: [] }

async function cloudOf(size: number): Promise<SimulatedCloud> {
  const cloud = createSimulatedCloud({ seed: 5, schema: workloadSchema })
  await cloud.grow(size)
  return cloud
}

test('anytime_a_bad_record_is_refused_with_its_reason_and_the_good_ones_beside_it_are_taken', async (t) => {
  const cloud = await cloudOf(3)
  const [victim, sender, stranger] = cloud.nodes
  assert.ok(victim && sender && stranger)
  const network = sender.overlay.network.id
  const good = { network, owner: sender.peer, epoch: 1, seq: 1, ttlMs: 60_000, deleted: false, ...service }
  const sign = (fields: object, by = sender.peer, domain = `cloudpeer/record/v1/${network}`): [Uint8Array, Uint8Array] => {
    const bytes = encode(fields)
    return [bytes, createHashSigner(by).sign(domain, bytes)]
  }
  const [cut, signature] = sign(good)
  const records = {
    GOOD: sign(good),
    RECORD_FORGED: sign({ ...good, name: 'other' }, stranger.peer),
    RECORD_OF_ANOTHER_NETWORK: sign({ ...good, network: 'f'.repeat(32) }),
    MALFORMED: [cut.subarray(0, -4), signature],
    INVALID: sign({ ...good, colour: 'red' }),
    RECORD_STALE: sign({ ...good, seq: 2, name: 'replayed' })
  }
  const write = (list: readonly unknown[]) => cloud.time.settle(sender.transport.request(victim.peer, writeProtocol, { records: list }))
  await write([sign({ ...good, seq: 3, name: 'replayed' })])
  const { failed } = (await write(Object.values(records))) as { failed: { index: number; error: { code: string; field?: string } }[] }
  const codes = Object.fromEntries(failed.map(({ index, error }) => [Object.keys(records)[index], error.code]))
  const expected = Object.keys(records).filter((code) => code !== 'GOOD')
  assert.deepEqual(codes, Object.fromEntries(expected.map((code) => [code, code])))
  assert.equal(failed.find(({ error }) => error.code === 'INVALID')?.error.field, 'record.colour')
  const found = await cloud.time.settle(victim.registry.query({ expression: 'name in ["web", "other", "replayed"]' }))
  assert.deepEqual(
    found.matches.map(({ name }) => name),
    ['replayed', 'web']
  )

  await t.test('an oversize record is named with its limit, and the node goes on', async () => {
    const oversize = [new Uint8Array(100_000), signature]
    await assert.rejects(write([oversize]), (error) => isCloudError(error, 'INVALID') && String(error.fields.field).includes('records[0]'))
    await assert.rejects(write([]), (error) => isCloudError(error, 'INVALID'))
    assert.equal((await cloud.time.settle(victim.registry.query({ expression: 'name == "web"' }))).matches.length, 1)
  })
  await cloud.stop()
})

test('anytime_a_record_is_served_only_while_its_owner_is_there_in_its_epoch', async () => {
  const cloud = await cloudOf(5)
  const [asker, owner] = cloud.nodes
  assert.ok(asker && owner)
  await cloud.time.settle(owner.registry.register([parseDescription({ ...service, attributes: { cores: 4 } }, cloud.schema)]))
  const ask = async () => (await cloud.time.settle(asker.registry.query({ expression: 'cores == 4' }))).matches.length
  assert.equal(await ask(), 1)
  cloud.crash(owner)
  await cloud.time.advance(15_000)
  assert.equal(await ask(), 0)
  await cloud.stop()
})
