import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { encode } from '@cloudpeer/core'
import { eventually } from '../eventually.ts'
import { Judge } from './judge.ts'
import { StandIns } from './stand-ins.ts'

const total = { cpuMilli: 1000, memoryMib: 100, diskMib: 0, gpus: [{ model: 'T4', milli: 1000 }], others: {} }
const allocation = (cpuMilli: number, gpus: readonly object[] = []) => ({ cpuMilli, memoryMib: 0, diskMib: 0, gpus, others: {} })

/** An owner with these leases in its ledger, and the judge of it. */
function judged(context: TestContext, allocations: readonly object[]) {
  const directory = mkdtempSync(join(tmpdir(), 'cloudpeer-judge-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  mkdirSync(join(directory, 'owner'))
  const database = new DatabaseSync(join(directory, 'owner', 'ledger.db'))
  database.exec('CREATE TABLE facts (name TEXT, bytes BLOB); CREATE TABLE leases (seq INTEGER, bytes BLOB)')
  database.prepare('INSERT INTO facts VALUES (?, ?)').run('capacity', encode({ total }))
  const insert = database.prepare('INSERT INTO leases VALUES (?, ?)')
  allocations.forEach((each, seq) => {
    insert.run(seq, encode({ fence: { epoch: 1, seq }, allocation: each, state: 'active' }))
  })
  database.close()
  const standIns = new StandIns(join(directory, 'stand-ins'))
  return { standIns, judge: new Judge([{ peerId: 'owner', directory: join(directory, 'owner'), isUp: () => true }], standIns) }
}

async function work(context: TestContext, standIns: StandIns, seq: number, cpuMilli: number): Promise<ChildProcess> {
  const before = standIns.running().length
  const CLOUDPEER_LEASE = JSON.stringify({ id: `owner.1.${seq}`, owner: 'owner', allocation: allocation(cpuMilli) })
  const child = spawn('sh', ['-c', standIns.command], { env: { ...process.env, CLOUDPEER_LEASE }, stdio: ['pipe', 'ignore', 'ignore'] })
  context.after(() => child.kill('SIGKILL'))
  await eventually(async () => standIns.running().length > before, 'the process has said what it is')
  return child
}

test('what fits exactly is no fault', async (context) => {
  const { judge, standIns } = judged(context, [allocation(400), allocation(600, [{ place: 0, milli: 1000 }])])
  const first = await work(context, standIns, 0, 400)
  await work(context, standIns, 1, 600)
  judge.look()
  assert.deepEqual([[...judge.faults], judge.leasesSeen, judge.rows, judge.running], [[], 2, 2, 2])
  first.stdin?.end()
  await once(first, 'exit')
  assert.equal(judge.running, 1, 'a process ends with its input')
})

test('a ledger that gives more than there is, of anything, is a fault', (context) => {
  const { judge } = judged(context, [allocation(600, [{ place: 0, milli: 600 }]), allocation(401, [{ place: 0, milli: 500 }])])
  judge.look()
  assert.deepEqual(
    [...judge.faults],
    [
      'the ledger of owner: 1001 milli of CPU are given, and there are 1000',
      'the ledger of owner: 1100 milli of GPU 0 are given, and there are 1000'
    ]
  )
})

test('processes that use more than there is, and processes that no ledger knows, are faults', async (context) => {
  const { judge, standIns } = judged(context, [allocation(600)])
  await work(context, standIns, 0, 600)
  await work(context, standIns, 7, 600)
  judge.look()
  assert.deepEqual(
    [...judge.faults],
    [
      'the processes of owner: 1200 milli of CPU are given, and there are 1000',
      'owner.1.7 has a process, and no row in the ledger of its owner'
    ]
  )
})
