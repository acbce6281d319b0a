import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { GivenAmounts, RequestReport } from '@cloudpeer/api'
import { decode, encode } from '@cloudpeer/core'
import { createVerifier } from '@cloudpeer/core/identity'
import { systemClock } from '@cloudpeer/core/system'
import { type DevNetwork, type DevNode, startDevNetwork } from '@cloudpeer/node/dev'
import { cloudpeer } from './command-line.ts'
import { eventually } from './eventually.ts'

const directory = mkdtempSync(join(tmpdir(), 'cloudpeer-e2e-'))
const told = join(directory, 'told.json')
/** Longer than a restart takes on a busy machine, and short enough to be waited for. */
const leaseMs = 15_000
let network: DevNetwork | undefined

const node = (index: number): DevNode => network?.nodes[index] as DevNode
const client = (index: number) => node(index).client

before(
  async () => {
    const init = { nodes: 9, directory, apiPort: 0, clock: systemClock, signal: new AbortController().signal }
    network = await startDevNetwork({ ...init, settings: { scaleOut: `cat > ${told}`, leaseMs } })
    for (const { client } of network.nodes)
      await eventually(async () => (await client.status()).provisioning.owner === 'open', 'every node offers its capacity')
  },
  { timeout: 90_000 }
)

after(async () => {
  await network?.stop()
  rmSync(directory, { recursive: true, force: true })
})

async function granted(index: number, expression: string, amounts: GivenAmounts, count = 1): Promise<RequestReport> {
  const { id } = await client(index).createRequest({ expression, amounts, count })
  const request = await client(index).request({ id, waitMs: 20_000 })
  assert.equal(request.state, 'granted', JSON.stringify(await client(index).explainRequest({ id })))
  return request
}

const leasesOf = (request: RequestReport): readonly string[] => request.units.flatMap(({ lease }) => lease ?? [])

test('a request is granted by another node, with a lease that anybody can check', { timeout: 60_000 }, async () => {
  const owner = node(3)
  await client(3).setCapacity({
    total: { cpuMilli: 6000, memoryMib: 4096, gpus: [{ model: 'T4' }] },
    attributes: { region: 'mars', clock_mhz: 3000 }
  })
  const request = await granted(0, 'region == "mars"', { cpuMilli: 1500, memoryMib: 1024, gpu: { milli: 500, models: ['T4'] } })
  const [id = ''] = leasesOf(request)
  const { lease, signed, side, leftMs } = await client(0).lease({ id })
  assert.deepEqual([side, lease.owner, lease.requester, lease.state], ['requester', owner.peerId, node(0).peerId, 'active'])
  assert.deepEqual(lease.allocation, { cpuMilli: 1500, memoryMib: 1024, diskMib: 0, gpus: [{ place: 0, milli: 500 }], others: {} })
  assert.ok(leftMs > 0 && leftMs <= leaseMs)
  const bytes = Buffer.from(signed.bytes, 'base64')
  const isSigned = createVerifier().verify(
    lease.owner,
    `cloudpeer/lease/v1/${lease.network}`,
    bytes,
    Buffer.from(signed.signature, 'base64')
  )
  assert.equal(isSigned, true)
  assert.deepEqual(decode(bytes), lease)
  assert.deepEqual(await client(7).checkLease({ signed }), { id, lease })
  const forged = Buffer.from(encode({ ...(decode(bytes) as object), unit: 1 })).toString('base64')
  await assert.rejects(client(7).checkLease({ signed: { ...signed, bytes: forged } }), { code: 'DOCUMENT_FORGED' })
  const { free, active } = await client(3).capacity()
  assert.deepEqual([free.cpuMilli, free.memoryMib, free.gpus, active], [4500, 3072, [{ model: 'T4', milli: 500 }], 1])
  assert.equal((await client(3).lease({ id })).side, 'owner')
  await assert.rejects(client(3).setCapacity({ total: { cpuMilli: 1000 } }), { code: 'CAPACITY_IN_USE' })
  await client(0).releaseLease({ id })
  await eventually(async () => (await client(3).capacity()).active === 0, 'what was released is free again')
  await assert.rejects(client(0).releaseLease({ id }), { code: 'LEASE_UNKNOWN' })
})

test('a request that nobody has room for waits, says why, and is granted when another ends', { timeout: 60_000 }, async () => {
  await client(4).setCapacity({ total: { cpuMilli: 1000 }, attributes: { region: 'venus' } })
  const first = await granted(1, 'region == "venus"', { cpuMilli: 1000 })
  const { id } = await client(2).createRequest({ expression: 'region == "venus"', amounts: { cpuMilli: 500 } })
  await eventually(async () => {
    const { couldEver, fitNow } = await client(2).explainRequest({ id })
    return couldEver === 1 && fitNow === 0
  }, 'it says that the one owner that could take it has no room')
  assert.equal((await client(2).request({ id })).state, 'waiting')
  await client(1).cancelRequest({ id: first.id })
  assert.equal((await client(2).request({ id, waitMs: 20_000 })).state, 'granted')
  assert.equal((await client(2).cancelRequest({ id })).state, 'cancelled')
  await eventually(async () => (await client(4).capacity()).active === 0, 'a request that is cancelled gives back what it had')
})

test('a gang is granted as a whole, over several owners', { timeout: 60_000 }, async () => {
  const { id } = await client(5).createRequest({ expression: 'region == "usa"', amounts: { cpuMilli: 3000 }, count: 3, gang: true })
  const request = await client(5).request({ id, waitMs: 20_000 })
  assert.equal(request.state, 'granted')
  assert.equal(new Set(leasesOf(request).map((lease) => lease.split('.')[0])).size, 3, 'no owner has room for two')
  await client(5).cancelRequest({ id })
})

test('a requester that dies loses what it had, and one that comes back in time keeps it', { timeout: 120_000 }, async () => {
  await client(6).setCapacity({ total: { cpuMilli: 1000 }, attributes: { region: 'pluto' } })
  const asked = { expression: 'region == "pluto"', amounts: { cpuMilli: 1000 }, idempotencyKey: 'pluto 1' }
  const { id } = await client(8).createRequest(asked)
  const request = await client(8).request({ id, waitMs: 20_000 })
  const before = leasesOf(request)
  await node(8).process.kill()
  await network?.start(8)
  await eventually(async () => (await client(8).request({ id: request.id })).state === 'granted', 'it goes on after its restart')
  assert.deepEqual(leasesOf(await client(8).request({ id: request.id })), before)
  const again = await client(8).createRequest(asked)
  assert.deepEqual(
    [again.id, again.repeated, leasesOf(again)],
    [id, true, before],
    'whoever does not know whether it was taken sends it again'
  )
  const renewed = async (): Promise<boolean> => (await client(8).renewLease({ id: before[0] ?? '' })).leftMs > leaseMs * 0.6
  await eventually(() => renewed().catch(() => false), 'it finds the owner again, and renews')
  await node(8).process.kill()
  await eventually(async () => (await client(6).capacity()).active === 0, 'the owner ends what is not renewed')
  await network?.start(8)
  const isReplaced = async (): Promise<boolean> => {
    const { state, units } = await client(8).request({ id: request.id })
    return state === 'granted' && units.every(({ lease }) => lease !== undefined && !before.includes(lease))
  }
  await eventually(isReplaced, 'it finds that it has lost it, and gets another')
  await client(8).cancelRequest({ id: request.id })
})

test('what no owner can ever fit is told to the infrastructure, and shown', { timeout: 60_000 }, async () => {
  const { id } = await client(7).createRequest({ expression: 'region == "europe"', amounts: { cpuMilli: 900_000 } })
  await eventually(async () => (await client(7).request({ id })).state === 'scale-out-asked', 'the infrastructure is asked')
  await eventually(async () => existsSync(told) && readFileSync(told, 'utf8').endsWith('\n'), 'the hook is told')
  assert.equal(JSON.parse(readFileSync(told, 'utf8')).request.id, id)
  const { status, stdout } = await cloudpeer(['--api', node(7).api, 'request', 'show', id])
  assert.equal(status, 0)
  assert.match(stdout, /^state +scale-out-asked/m)
  assert.match(stdout, /none is large enough, even with nothing leased/)
  await client(7).cancelRequest({ id })
})

test('an owner that drains grants nothing, and goes on where it stopped', { timeout: 60_000 }, async () => {
  await client(3).setCapacity({ total: { cpuMilli: 2000 }, attributes: { region: 'neptune' } })
  assert.equal((await client(3).drainCapacity()).state, 'draining')
  const waiting = await cloudpeer([
    '--api',
    node(0).api,
    'request',
    'create',
    'region == "neptune"',
    '--cpu',
    '1',
    '--deadline',
    '2s',
    '--wait'
  ])
  assert.equal(waiting.status, 3, waiting.stderr)
  assert.match(waiting.stdout, /^state +expired/m)
  assert.equal((await client(3).undrainCapacity()).state, 'open')
  const create = (...args: readonly string[]) =>
    cloudpeer(['--api', node(0).api, '--json', 'request', 'create', 'region == "neptune"', '--key', 'neptune 1', ...args])
  const done = await create('--cpu', '1', '--wait')
  assert.equal(done.status, 0, done.stderr)
  const { state, id, units } = JSON.parse(done.stdout)
  assert.equal(state, 'granted')
  assert.deepEqual(JSON.parse((await create('--cpu', '1')).stdout).units, units, 'once more is the same one')
  const other = await create('--cpu', '2')
  assert.deepEqual([other.status, JSON.parse(other.stderr).error.code], [1, 'IDEMPOTENCY_KEY_REUSED'])
  const listed = JSON.parse((await cloudpeer(['--api', node(0).api, '--json', 'lease', 'list'])).stdout).leases
  assert.ok(listed.some((lease: { id: string }) => lease.id === units[0].lease))
  const shown = await cloudpeer(['--api', node(0).api, '--json', 'lease', 'show', units[0].lease])
  assert.match((await cloudpeer(['--api', node(5).api, 'lease', 'check', '-'], shown.stdout)).stdout, /the signature is right\n$/)
  assert.equal((await cloudpeer(['--api', node(0).api, 'lease', 'renew', units[0].lease])).status, 0)
  assert.equal((await cloudpeer(['--api', node(0).api, 'lease', 'release', units[0].lease])).status, 0)
  assert.equal((await client(0).request({ id })).state, 'ended', 'its only lease was given back')
  const late = await cloudpeer(['--api', node(0).api, '--json', 'request', 'cancel', id])
  assert.deepEqual([late.status, JSON.parse(late.stderr).error.code], [1, 'REQUEST_ENDED'])
})

test('an owner ends leases, which last until another takes their place, or as long as was told', { timeout: 60_000 }, async () => {
  const [owner, requester] = [node(3).api, node(0).api]
  const json = async (api: string, ...args: readonly string[]) => JSON.parse((await cloudpeer(['--api', api, '--json', ...args])).stdout)
  const { id, units } = await json(requester, 'request', 'create', 'region == "neptune"', '--cpu', '1', '--wait')
  const [{ lease }] = units
  assert.ok((await json(owner, 'lease', 'end', lease)).leftMs > 0)
  const other = async (): Promise<string | undefined> => {
    const [unit] = (await client(0).request({ id })).units
    return unit?.state === 'active' && unit.lease !== lease ? unit.lease : undefined
  }
  await eventually(async () => (await other()) !== undefined, 'another lease')
  await eventually(async () => (await client(3).capacity()).active === 1, 'the first was given back')
  const last = (await other()) ?? ''
  assert.equal((await json(owner, 'capacity', 'drain', '--end-leases')).state, 'draining')
  for (const api of [owner, requester]) assert.equal((await json(api, 'lease', 'show', last)).state, 'recalled')
  assert.match((await cloudpeer(['--api', owner, 'lease', 'end', last])).stdout, /ends within \d+ s\n$/, 'once more')
  await assert.rejects(client(0).renewLease({ id: last }), { code: 'LEASE_RECALLED' })
  await assert.rejects(client(0).endLease({ id: last }), { code: 'NOT_OWNER' })
  await assert.rejects(client(3).endLease({ id: lease }), { code: 'LEASE_UNKNOWN' })
  await assert.rejects(client(3).endLease({ id: 'no lease' }), { code: 'LEASE_UNKNOWN' })
  await assert.rejects(client(3).endLease({ id: 'a'.repeat(193) }), { code: 'INVALID' })
  await client(0).cancelRequest({ id })
  await eventually(async () => (await client(3).capacity()).active === 0, 'what was given back is free')
  await client(3).undrainCapacity()
})

test('bad input is refused by name, by the API and by the command line, and nothing is lost', { timeout: 60_000 }, async () => {
  const { api } = node(1)
  const post = async (path: string, body: unknown, method = 'POST', more: Record<string, string> = {}): Promise<unknown> => {
    const headers = { 'content-type': 'application/json', ...more }
    const reply = await fetch(`${api}${path}`, { method, headers, body: JSON.stringify(body) })
    const { code, field } = (await reply.json()) as { code?: string; field?: string }
    return [reply.status, code, field]
  }
  const request = (changes: object) => post('/v1/requests', { expression: 'true', amounts: { cpuMilli: 1000 }, ...changes })
  assert.deepEqual(await request({ amounts: { cpuMilli: -1 } }), [400, 'INVALID', 'amounts.cpuMilli'])
  assert.deepEqual(await request({ amounts: { cpuMilli: 1.5 } }), [400, 'INVALID', 'amounts.cpuMilli'])
  assert.deepEqual(await request({ amounts: { memoryMib: 1e300 } }), [400, 'INVALID', 'amounts.memoryMib'])
  assert.deepEqual(await request({ amounts: { cpus: 1 } }), [400, 'INVALID', 'amounts.cpus'])
  assert.deepEqual(await request({ amounts: {} }), [400, 'INVALID', 'amounts'])
  assert.deepEqual(await request({ amounts: { gpu: { milli: 1001 } } }), [400, 'INVALID', 'amounts.gpu.milli'])
  for (const count of [0, 257, 2 ** 53]) assert.deepEqual(await request({ count }), [400, 'INVALID', 'count'])
  assert.deepEqual(await request({ amounts: { cpuMilli: 0 } }), [400, 'INVALID', 'amounts'])
  assert.deepEqual(await request({ amounts: { gpu: { models: ['x'.repeat(65_536)] } } }), [400, 'INVALID', 'amounts.gpu.models[0]'])
  for (const deadlineMs of [0, -1, 2 ** 53]) assert.deepEqual(await request({ deadlineMs }), [400, 'INVALID', 'deadlineMs'])
  assert.deepEqual(await request({ expression: 'x'.repeat(65_536) }), [400, 'INVALID', 'expression'])
  assert.deepEqual(await request({ priority: 10 }), [400, 'INVALID', 'priority'])
  assert.deepEqual(await request({ durationMs: 0 }), [400, 'INVALID', 'durationMs'])
  assert.deepEqual(((await request({ expression: 'regoin == "x"' })) as unknown[])[1], 'QUERY_UNKNOWN_ATTRIBUTE')
  const keyed = (key: string, cpuMilli: number) =>
    post('/v1/requests', { expression: 'true', amounts: { cpuMilli } }, 'POST', { 'idempotency-key': key })
  for (const key of ['""', `"${'x'.repeat(65)}"`, '"open', 'two words'])
    assert.deepEqual(await keyed(key, 1), [400, 'INVALID', 'idempotencyKey'])
  assert.deepEqual(await request({ idempotencyKey: 'a' }), [400, 'INVALID', 'idempotencyKey'])
  assert.deepEqual(await Promise.all([keyed('"twin"', 1), keyed('twin', 1)]), [
    [200, undefined, undefined],
    [200, undefined, undefined]
  ])
  assert.equal((await client(1).ownRequests()).requests.filter(({ idempotencyKey }) => idempotencyKey === 'twin').length, 1)
  assert.deepEqual(await keyed('"twin"', 2), [422, 'IDEMPOTENCY_KEY_REUSED', undefined])
  assert.deepEqual(await post('/v1/capacity', { total: { cpuMilli: -5 } }, 'PUT'), [400, 'INVALID', 'total.cpuMilli'])
  assert.deepEqual(await post('/v1/capacity', { total: {}, attributes: { clock_mhz: 'fast' } }, 'PUT'), [
    400,
    'INVALID',
    'attributes.clock_mhz'
  ])
  await assert.rejects(client(1).request({ id: '0'.repeat(16) }), { code: 'REQUEST_UNKNOWN' })
  await assert.rejects(client(1).explainRequest({ id: '0'.repeat(16) }), { code: 'REQUEST_UNKNOWN' })
  await assert.rejects(client(1).lease({ id: 'nobody.1.1' }), { code: 'LEASE_UNKNOWN' })
  await assert.rejects(client(1).lease({ id: 'a'.repeat(193) }), { code: 'INVALID' })
  await assert.rejects(client(1).renewLease({ id: 'nobody.1.1' }), { code: 'LEASE_UNKNOWN' })
  const command = (...args: readonly string[]) => cloudpeer(['--api', api, ...args])
  for (const [args, status, words] of [
    [['request', 'create', 'true', '--cpu', '-1'], 2, /--cpu/],
    [['request', 'create', 'true', '--cpu', '1', '--count', '0'], 2, /--count/],
    [['request', 'create', 'true', '--cpu', '1', '--duration', '0s'], 2, /--duration/],
    [['request', 'create', 'true', '--cpu', '1', '--priority', '10'], 2, /--priority/],
    [['request', 'create', 'true', '--cpu', '0'], 2, /amounts: asks for nothing/],
    [['request', 'create', 'true', '--memory', '1.5'], 2, /--memory/],
    [['request', 'create', 'true'], 2, /amounts: asks for nothing/],
    [['request', 'show', '0'.repeat(16)], 1, /hint: see what there is: cloudpeer request list/],
    [['capacity', 'set', '--attribute', 'clock_mhz=fast'], 2, /attributes\.clock_mhz/]
  ] as const) {
    const result = await command(...args)
    assert.equal(result.status, status, result.stderr)
    assert.match(result.stderr, words)
  }
  assert.equal((await client(1).capacity()).state, 'open')
  assert.deepEqual((await client(1).status()).health, 'ok')
})
