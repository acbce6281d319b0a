import assert from 'node:assert/strict'
import { it } from 'node:test'
import { similarName } from '../../src/query/similar-name.ts'

it('similarName finds the nearest name, if it is near', () => {
  const names = ['gpu', 'gpu_model', 'location', 'memory_mib', 'os', 'vcpus', 'zone']
  const meant = ['vcpu', 'cpus', 'memory', 'memory_mib_max', 'locaton', 'lcoation', 'gpuu', 'cpu', 'gpu_modle'].map((name) =>
    similarName(name, names)
  )
  assert.deepEqual(meant, ['vcpus', 'vcpus', 'memory_mib', 'memory_mib', 'location', 'location', 'gpu', 'gpu', 'gpu_model'])
  for (const name of ['so', 'app', 'tier', 'region', 'latency_ms']) assert.equal(similarName(name, names), undefined, name)
  assert.equal(similarName('cores', ['corez', 'corea']), 'corea')
})
