import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cloudpeer } from './command-line.ts'
import { dataDirectory, startNode } from './single-node.ts'

test('the command line does everything that the API does', { timeout: 60_000 }, async (context) => {
  const node = await startNode(context, dataDirectory(context))
  const ask = (...args: readonly string[]) => cloudpeer(['--api', node.api, '--json', ...args])
  const json = async (...args: readonly string[]) => {
    const { status, stdout, stderr } = await ask(...args)
    assert.equal(status, 0, stderr)
    return JSON.parse(stdout)
  }
  const file =
    'name: one\nattributes: {vcpus: 2, location: tokyo}\n---\nname: two\nattributes: {vcpus: 8, location: dallas}\nendpoints: [tcp://192.0.2.1:80]\n'
  const registered = await cloudpeer(['--api', node.api, 'service', 'register', '-'], file)
  assert.equal(registered.status, 0, registered.stderr)
  const status = await json('status')
  assert.deepEqual([status.peerId, status.services.own, status.members], [node.peerId, 2, 1])
  assert.deepEqual(
    (await json('members')).members.map(({ self }: { self: boolean }) => self),
    [true]
  )
  assert.deepEqual(
    (await json('service', 'list')).services.map(({ name }: { name: string }) => name),
    ['one', 'two']
  )
  assert.deepEqual((await json('service', 'get', 'two')).matches[0].endpoints, ['tcp://192.0.2.1:80'])
  const answer = await json('query', 'vcpus > 4')
  assert.deepEqual(answer.matches, [
    { name: 'two', owner: node.peerId, attributes: { location: 'dallas', vcpus: 8 }, endpoints: ['tcp://192.0.2.1:80'] }
  ])
  assert.deepEqual([answer.partial, answer.missing, answer.more, answer.consistency], [false, [], false, 'one'])
  assert.equal((await json('query', 'vcpus > 4', '--strong')).consistency, 'strong')
  assert.deepEqual(Object.keys(answer.stats).sort(), ['latencyMs', 'messages', 'nodesAsked'])
  assert.equal((await ask('service', 'remove', 'one')).status, 0)
  assert.equal((await ask('service', 'remove', 'one')).status, 1)
  assert.equal((await ask('service', 'get', 'one')).status, 1)
  const typo = await cloudpeer(['--api', node.api, 'query', 'vcpu > 4'])
  assert.equal(typo.status, 2)
  assert.match(typo.stderr, /vcpus/)
  assert.equal((await ask('frobnicate')).status, 2)
  await node.process.stop()
  const unreachable = await ask('status')
  assert.equal(unreachable.status, 1)
  assert.equal(JSON.parse(unreachable.stderr).error.code, 'API_UNREACHABLE')
})
