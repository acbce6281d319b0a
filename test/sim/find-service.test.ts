import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCloudError } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import type { Registry } from '@cloudpeer/registry'
import { createSimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'
import { findService } from '../../packages/node/src/daemon/find-service.ts'

const owners = 7

test('a name of many owners is collected page by page, each owner once', async () => {
  const cloud = createSimulatedCloud({ seed: 1, schema: workloadSchema })
  await cloud.grow(owners)
  await cloud.time.advance(5_000)
  const web = parseDescription({ name: 'web', attributes: { cores: 4 } }, cloud.schema)
  await cloud.time.settle(Promise.all(cloud.nodes.map(({ registry }) => registry.register([web]))))
  await cloud.time.advance(5_000)
  const { registry } = cloud.nodes[0] as SimulatedNode
  for (const [pageRows, pages] of [
    [1, 7],
    [3, 3],
    [7, 1],
    [1000, 1]
  ] as const) {
    let asked = 0
    const query: Registry['query'] = (request, options) => {
      asked++
      return registry.query(request, options)
    }
    const reply = await cloud.time.settle(findService(query, 'web', { pageRows }))
    assert.deepEqual(reply.matches.map(({ owner }) => owner).sort(), cloud.nodes.map(({ peer }) => peer).sort())
    assert.deepEqual([reply.partial, asked], [false, pages])
  }
  await assert.rejects(cloud.time.settle(findService(registry.query, 'nobody')), (error) => isCloudError(error, 'NOT_FOUND'))
  await cloud.stop()
})
