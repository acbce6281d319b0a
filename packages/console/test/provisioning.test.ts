import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CapacityReport, LeaseReport, RequestReport, WaitingReport } from '@cloudpeer/api'
import { CloudError } from '@cloudpeer/core'
import { startNodeServer } from './node-server.ts'
import { runMain } from './run-main.ts'
import { alice, bob } from './samples.ts'

const none = { cpuMilli: 0, memoryMib: 0, diskMib: 0, others: {} }

const capacity: CapacityReport = {
  state: 'open',
  total: { cpuMilli: 4000, memoryMib: 8192, diskMib: 102_400, gpus: [{ model: 'T4', milli: 1000 }], others: { licences: 3 } },
  free: { cpuMilli: 1500, memoryMib: 4096, diskMib: 102_400, gpus: [{ model: 'T4', milli: 500 }], others: { licences: 2 } },
  attributes: { location: 'tokyo', vcpus: 4 },
  held: 1,
  active: 2,
  recalled: 1,
  ending: 0,
  quarantineMs: 0,
  cell: '.'
}

const request: RequestReport = {
  id: '00112233445566aa',
  state: 'waiting',
  expression: 'location == "tokyo"',
  amounts: { ...none, cpuMilli: 2000, memoryMib: 4096 },
  count: 1,
  gang: false,
  priority: 4,
  createdAt: 0,
  waitedMs: 3000,
  units: [{ unit: 0, state: 'wanted' }],
  cells: ['.'],
  acknowledged: 3
}

const granted: RequestReport = { ...request, state: 'granted', units: [{ unit: 0, state: 'active', lease: `${bob}.1.7` }] }

const waiting: WaitingReport = {
  owners: 9,
  asked: 3,
  answered: 3,
  matching: 0,
  couldEver: 0,
  fitNow: 0,
  pausing: 0,
  terms: [
    { term: 'location == "tokyo"', owners: 0, fitWithout: 3 },
    { term: 'cpu >= 2000 milli', owners: 9, fitWithout: 0 }
  ],
  excludesMost: 'location == "tokyo"'
}

const lease: LeaseReport = {
  id: `${bob}.1.7`,
  side: 'requester',
  state: 'active',
  lease: {
    network: '0123456789abcdef0123456789abcdef',
    owner: bob,
    requester: alice,
    request: request.id,
    unit: 0,
    allocation: { ...none, cpuMilli: 2000, gpus: [{ place: 0, milli: 500 }] },
    fence: { epoch: 1, seq: 7 },
    state: 'active',
    ttlMs: 60_000,
    signedAt: 0
  },
  leftMs: 42_000,
  signed: { bytes: 'AA==', signature: 'AA==' }
}

test('capacity show tells what is offered and what is free', async (context) => {
  const { url } = await startNodeServer(context, { capacity: () => capacity })
  const { code, stdout } = await runMain(['capacity', 'show', '--api', url])
  assert.equal(code, 0)
  assert.deepEqual(stdout.split('\n'), [
    'state     open',
    'leases    2 active, 1 not confirmed yet, 1 called back',
    'found by  location=tokyo vcpus=4',
    'cell      .',
    '',
    '          total    free',
    'cpu       4        1.5',
    'memory    8 GiB    4 GiB',
    'disk      100 GiB  100 GiB',
    'gpus      1 T4     0.5 T4',
    'licences  3        2',
    ''
  ])
})

test('capacity set keeps what is not said', async (context) => {
  const { url, seen } = await startNodeServer(context, { capacity: () => capacity, setCapacity: () => capacity })
  const set = async (...args: readonly string[]): Promise<unknown> => {
    const { code, stderr } = await runMain(['capacity', 'set', '--api', url, ...args])
    assert.equal(code, 0, stderr)
    return seen.at(-1)?.request
  }
  const { total, attributes } = capacity
  assert.deepEqual(await set('--cpu', '0.5'), { total: { ...total, cpuMilli: 500 }, attributes })
  assert.deepEqual(await set('--memory', '1GiB', '--disk', '2TiB', '--other', 'ports=10'), {
    total: { ...total, memoryMib: 1024, diskMib: 2 ** 21, others: { licences: 3, ports: 10 } },
    attributes
  })
  assert.deepEqual(await set('--gpu', '2xA100', '--gpu', 'T4'), {
    total: { ...total, gpus: [{ model: 'A100' }, { model: 'A100' }, { model: 'T4' }] },
    attributes
  })
  assert.deepEqual(await set('--gpu', 'none'), { total: { ...total, gpus: [] }, attributes })
  assert.deepEqual(
    await set(
      '--attribute',
      'location=',
      '--attribute',
      'os=linux',
      '--attribute',
      'os=bsd',
      '--attribute',
      'clock_mhz=2700',
      '--attribute',
      'zone="1"'
    ),
    { total, attributes: { vcpus: 4, os: ['linux', 'bsd'], clock_mhz: 2700, zone: '1' } }
  )
})

test('drain and undrain are told to the node', async (context) => {
  const draining = { ...capacity, state: 'draining' }
  const { url, seen } = await startNodeServer(context, { drainCapacity: () => draining, undrainCapacity: () => capacity })
  assert.match((await runMain(['capacity', 'drain', '--api', url])).stdout, /^state +draining: nothing is granted/)
  assert.match((await runMain(['capacity', 'drain', '--end-leases', '--api', url])).stdout, /^state +draining/)
  assert.match((await runMain(['capacity', 'undrain', '--api', url])).stdout, /^state +open$/m)
  assert.deepEqual(
    seen.map(({ request }) => request),
    [{ endLeases: false }, { endLeases: true }, {}]
  )
})

test('request create sends what is asked for', async (context) => {
  const { url, seen } = await startNodeServer(context, { createRequest: () => granted })
  const create = async (...args: readonly string[]): Promise<unknown> => {
    const { code, stderr } = await runMain(['request', 'create', 'true', '--api', url, ...args])
    assert.equal(code, 0, stderr)
    const { idempotencyKey, ...asked } = { idempotencyKey: '', ...(seen.at(-1)?.request as object) }
    assert.match(idempotencyKey, /^[0-9a-f]{16}$/, 'one is drawn')
    return asked
  }
  assert.deepEqual(await create('--cpu', '2', '--memory', '4GiB', '--disk', '10GiB', '--other', 'licences=1'), {
    expression: 'true',
    amounts: { cpuMilli: 2000, memoryMib: 4096, diskMib: 10_240, others: { licences: 1 } }
  })
  assert.deepEqual(await create('--gpu', '2', '--gpu-model', 'A100, H100'), {
    expression: 'true',
    amounts: { gpu: { count: 2, models: ['A100', 'H100'] } }
  })
  assert.deepEqual(
    await create('--gpu-share', '0.5', '--count', '4', '--gang', '--priority', '9', '--deadline', '90s', '--duration', '2h', '--relax'),
    {
      expression: 'true',
      amounts: { gpu: { milli: 500 } },
      count: 4,
      gang: true,
      priority: 9,
      deadlineMs: 90_000,
      durationMs: 7_200_000,
      mayRelax: true
    }
  )
})

test('--wait ends when the request is decided, with 3 if it was not granted', async (context) => {
  const answers = [request, request, granted]
  const decided = await startNodeServer(context, { createRequest: () => request, request: () => answers.shift() ?? granted })
  const done = await runMain(['request', 'create', 'true', '--cpu', '1', '--wait', '--api', decided.url])
  assert.equal(done.code, 0)
  assert.match(done.stdout, new RegExp(`leases +1 of 1\n +${bob}\\.1\\.7`))
  assert.ok(decided.seen.length > 3)
  const expired = await startNodeServer(context, { createRequest: () => request, request: () => ({ ...request, state: 'expired' }) })
  assert.equal((await runMain(['request', 'create', 'true', '--cpu', '1', '--wait', '--api', expired.url])).code, 3)
})

test('a request that waits says why, in sentences and in numbers', async (context) => {
  const why = async (changes: Partial<WaitingReport>): Promise<string> => {
    const { url } = await startNodeServer(context, { request: () => request, explainRequest: () => ({ ...waiting, ...changes }) })
    const { code, stdout } = await runMain(['request', 'show', request.id, '--api', url])
    assert.equal(code, 0)
    return stdout.slice(stdout.indexOf('why it waits'))
  }
  assert.equal(
    await why({}),
    [
      'why it waits',
      '  None of the 9 nodes that offer capacity satisfies the expression: it waits for another.',
      '  What excludes the most is location == "tokyo": without it 3 nodes would fit now.',
      '',
      '  term                 nodes that satisfy it  would fit now without it',
      '  location == "tokyo"                      0                         3',
      '  cpu >= 2000 milli                        9                         0',
      ''
    ].join('\n')
  )
  assert.match(await why({ excludesMost: undefined }), /whichever one is dropped, others still exclude every node\.\n/)
  assert.match(
    await why({ matching: 2, excludesMost: undefined }),
    /Of 9 nodes, 2 satisfy the expression, but none is large enough, even with nothing leased\./
  )
  assert.match(
    await why({ matching: 2, couldEver: 1 }),
    /One node could take it, but not now: too much of what is large enough is leased\./
  )
  assert.match(await why({ matching: 2, couldEver: 1, fitNow: 1 }), /One node could take it now: it is about to be granted/)
  assert.match(await why({ matching: 2, couldEver: 1, fitNow: 1, pausing: 1 }), /what was held for this node before was not confirmed/)
  assert.match(await why({ owners: 0 }), /No node offers capacity\./)
  assert.match(await why({ answered: 1 }), /INCOMPLETE: 1 of 3 matchers answered/)
})

test('what is not known after a restart is shown as such, and so is a request that no matcher takes', async (context) => {
  const shown = [
    { ...granted, state: 'verifying' },
    { ...request, state: 'cancelled', cells: ['.'], acknowledged: 0, refused: 'QUEUE_FULL' }
  ]
  const { url } = await startNodeServer(context, {
    request: () => shown.shift() ?? assert.fail(),
    lease: () => ({ ...lease, state: 'unverified', leftMs: 0 })
  })
  const run = async (...args: readonly string[]): Promise<string> => (await runMain([...args, '--api', url], { width: 120 })).stdout
  assert.match(await run('request', 'show', request.id), /verifying, waited .*\n.*asks the owners whether its leases last/)
  assert.match(await run('request', 'show', request.id), /cell \., refused for now: QUEUE_FULL/)
  assert.match(await run('lease', 'show', lease.id), /state +unverified, this node has it[\s\S]*left +unknown of 1 min/)
})

test('requests and leases are tables', async (context) => {
  const { url } = await startNodeServer(context, {
    ownRequests: ({ after }) => (after === undefined ? { requests: [granted], next: granted.id } : { requests: [request] }),
    leases: () => ({ leases: [lease, { ...lease, side: 'owner' }] }),
    lease: () => lease,
    releaseLease: () => ({ released: true }),
    renewLease: () => lease,
    cancelRequest: () => ({ ...request, state: 'cancelled' })
  })
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runMain([...args, '--api', url], { width: 120 })
    assert.equal(code, 0, stderr)
    return stdout
  }
  assert.deepEqual((await run('request', 'list')).split('\n'), [
    'id                state    leases  waited  each                  expression',
    '00112233445566aa  granted  1 of 1  3 s     2 CPUs, 4 GiB memory  location == "tokyo"',
    '00112233445566aa  waiting  0 of 1  3 s     2 CPUs, 4 GiB memory  location == "tokyo"',
    '',
    '2 requests of this node',
    ''
  ])
  assert.match(
    await run('lease', 'list'),
    /from …xeRAbob1 +active +42 s +2 CPUs, 0\.5 of GPU 0\n.*to …xeRALICE.*\n\n1 lease of this node, 1 granted by it\n$/
  )
  assert.match(await run('lease', 'show', lease.id), /left +42 s of 1 min 0 s, unless it is renewed/)
  assert.match(await run('lease', 'renew', lease.id), /state +active, this node has it/)
  assert.equal(await run('lease', 'release', lease.id), `${lease.id} is released\n`)
  assert.match(await run('request', 'cancel', request.id), /state +cancelled/)
})

test('a lease that its owner ends says since when, and how long it lasts', async (context) => {
  const recalled: LeaseReport = { ...lease, state: 'recalled', recalledMs: 18_000 }
  const waits: RequestReport = { ...request, units: [{ unit: 0, state: 'recalled', lease: lease.id }] }
  const { url, seen } = await startNodeServer(context, {
    lease: () => recalled,
    leases: () => ({ leases: [recalled] }),
    request: () => waits,
    explainRequest: () => waiting,
    endLease: ({ id }) => ({ leftMs: id === lease.id ? 42_000 : 0 })
  })
  const run = async (...args: readonly string[]): Promise<string> => (await runMain([...args, '--api', url], { width: 120 })).stdout
  assert.equal(await run('lease', 'end', lease.id), `${lease.id} ends within 42 s\n`)
  assert.equal(await run('lease', 'end', 'held'), 'held has ended\n')
  assert.deepEqual(seen[0], { route: 'endLease', request: { id: lease.id } })
  assert.match(await run('lease', 'list'), /recalled 18 s ago +42 s/)
  assert.match(await run('lease', 'show', lease.id), /state +recalled 18 s ago, this node has it\n.*left +42 s: it is not renewed/s)
  assert.match(await run('request', 'show', waits.id), new RegExp(`leases +0 of 1\n +${lease.id}, called back\n`))
})

test('a lease that somebody shows is checked', async (context) => {
  const { url, seen } = await startNodeServer(context, { checkLease: () => ({ id: lease.id, lease: lease.lease }) })
  const check = (stdin: string) => runMain(['lease', 'check', '-', '--api', url], { stdin })
  const { code, stdout } = await check(JSON.stringify(lease))
  assert.equal(code, 0)
  assert.deepEqual(seen, [{ route: 'checkLease', request: { signed: lease.signed } }])
  assert.match(stdout, /state +active when it was signed\n.*network +0123456789abcdef/)
  assert.match(stdout, /signed +1970-01-01T00:00:00\.000Z by its owner; the signature is right\n$/)
  const refused = [
    ['', /standard input: is not JSON/],
    ['null', /standard input: has no `signed`/],
    ['{"signed":{"bytes":"no base64"}}', /signed/],
    [' '.repeat(200_000), /more than 131072 bytes/]
  ] as const
  for (const [text, problem] of refused) {
    const { code, stderr } = await check(text)
    assert.equal(code, 1, text.slice(0, 40))
    assert.match(stderr, problem)
  }
})

test('bad amounts and durations are wrong usage that names the option', async () => {
  const refused = async (option: string, text: string, problem: RegExp, command = ['request', 'create', 'true']): Promise<void> => {
    const { code, stderr } = await runMain([...command, `${option}=${text}`])
    assert.equal(code, 2, `${option} ${text}: ${stderr}`)
    assert.ok(stderr.includes(option), stderr)
    assert.match(stderr, problem)
  }
  await refused('--cpu', '-1', /It must be a number of processors, such as 2, 0\.5 or 500m\./)
  await refused('--cpu', '0.0001', /whole number of thousandths/)
  await refused('--cpu', '99999999999999', /at most/)
  await refused('--memory', '4', /a number with MiB, GiB or TiB/)
  await refused('--memory', '0.3MiB', /a whole number of MiB/)
  await refused('--gpu', '0', /a whole number from 1 to 64/)
  await refused('--gpu', '1.5', /a whole number from 1 to 64/)
  await refused('--gpu-share', '2', /./)
  await refused('--count', '257', /a whole number from 1 to 256/)
  await refused('--priority', '10', /a whole number from 0 to 9/)
  await refused('--deadline', '5', /a duration such as 30s/)
  await refused('--duration', '9999d', /a year at most/)
  await refused('--other', 'x', /name=value/)
  await refused('--other', 'x=-1', /a whole number/)
  await refused('--gpu', '65xT4', /MODEL, or COUNTxMODEL/, ['capacity', 'set'])
  await refused('--attribute', 'Location=x', /name=value/, ['capacity', 'set'])
})

test('what the node refuses is told with what can be done', async (context) => {
  const { url } = await startNodeServer(context, {
    createRequest: () => {
      throw new CloudError('INVALID', { field: 'amounts', problem: 'asks for nothing' })
    }
  })
  const { code, stderr } = await runMain(['request', 'create', 'true', '--api', url])
  assert.deepEqual([code, stderr], [2, 'error: amounts: asks for nothing\n'])
})
