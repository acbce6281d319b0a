import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { AssertionError, isCloudError, Semaphore, sleep } from '@cloudpeer/core'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'

test('as many as may run at once do, the others wait in their order', async () => {
  const time = createVirtualTime()
  const semaphore = new Semaphore('tests', 2, 10)
  const started: string[] = []
  let [running, most] = [0, 0]
  const task = (name: string) => (): Promise<void> => {
    started.push(`${name} ${time.now}`)
    most = Math.max(most, ++running)
    return sleep(time.clock, 10).finally(() => running--)
  }
  await time.settle(Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => semaphore.run(task(name)))))
  assert.deepEqual([started, most], [['a 0', 'b 0', 'c 10', 'd 10', 'e 20'], 2])
})

test('one too many is OVERLOADED at once, and there is room again afterwards', async () => {
  const time = createVirtualTime()
  const semaphore = new Semaphore('tests', 1, 1)
  const task = (): Promise<string> => sleep(time.clock, 10).then(() => 'done')
  const taken = [semaphore.run(task), semaphore.run(task)]
  await assert.rejects(
    semaphore.run(task),
    (error) => isCloudError(error, 'OVERLOADED') && error.fields.limit === 'tests' && error.fields.max === 2
  )
  assert.deepEqual(await time.settle(Promise.all(taken)), ['done', 'done'])
  assert.equal(await time.settle(semaphore.run(task)), 'done')
})

test('a task that fails frees its place', async () => {
  const semaphore = new Semaphore('tests', 1, 5)
  const fail = (): Promise<never> => Promise.reject(new Error('why'))
  const outcomes = await Promise.allSettled([semaphore.run(fail), semaphore.run(fail), semaphore.run(async () => 'done')])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled']
  )
})

test('a semaphore without room is a bug', () => {
  assert.throws(() => new Semaphore('tests', 0, 5), AssertionError)
})
