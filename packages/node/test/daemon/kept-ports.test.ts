import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chosenPorts, withKeptPorts } from '../../src/daemon/kept-ports.ts'

test('a port that the system chose is asked for again, by the address that left the choice', () => {
  const listen = ['/ip4/127.0.0.1/tcp/0', '/ip4/10.0.0.1/tcp/4001']
  const ports = chosenPorts(listen, ['/ip4/127.0.0.1/tcp/41234/p2p/12D3KooW', '/ip4/10.0.0.1/tcp/4001/p2p/12D3KooW'])
  assert.deepEqual(ports, { '/ip4/127.0.0.1/tcp/0': 41_234 })
  assert.deepEqual(withKeptPorts(listen, ports), ['/ip4/127.0.0.1/tcp/41234', '/ip4/10.0.0.1/tcp/4001'])
  assert.deepEqual(withKeptPorts(listen, {}), listen)
  assert.deepEqual(chosenPorts(listen, []), {})
})
