import { present } from '@cloudpeer/core'
import type { VirtualTime } from '@cloudpeer/core/virtual-time'
import { derivedRandom } from '../cloud/derived-random.ts'
import type { Capacity } from './capacity.ts'
import { createChordNetwork } from './chord-network.ts'
import type { ChordNode, Keeper } from './chord-node.ts'
import { MatrixCells } from './matrix-cells.ts'
import { MatrixClient } from './matrix-client.ts'
import { MatrixHead } from './matrix-head.ts'
import type { MatrixBody, MatrixReply } from './matrix-messages.ts'
import type { Deployment, DiscoveryNetwork, Scheme } from './scheme.ts'

/**
 * The Load Balancing Matrix (Gao and Steenkiste, 2004, with S1's keys, section 3.2): an attribute has a matrix of nodes that
 * gets columns as registrations grow and rows as queries grow. Matrices do not shrink here: nothing that is measured would
 * let them. Its growth and its copies are messages like any other.
 */
export const loadBalancingMatrix: Scheme = {
  name: 'matrix',
  title: 'S1 with matrix',
  about: 'S1 with its Load Balancing Matrix: partitions and replicas of an attribute grow with its load (Gao and Steenkiste, 2004)',
  deploy
}

async function deploy(deployment: Deployment): Promise<DiscoveryNetwork> {
  const network = await createChordNetwork<MatrixBody, MatrixReply>(deployment, (node, time) =>
    createKeeper(deployment.capacity, node, time)
  )
  const { time, nodes, stop } = network
  const { seed, counted } = deployment
  const clients = nodes.map((node, index) => new MatrixClient(node, time, derivedRandom(seed, `client ${index}`), counted))
  const clientAt = (node: number): MatrixClient => present(clients[node], `no node ${node}`)
  return {
    time,
    stop,
    get messages() {
      return network.messages
    },
    register: (node, service) => clientAt(node).register(service),
    query: (node, terms) => clientAt(node).query(terms)
  }
}

function createKeeper(
  capacity: Capacity,
  node: () => ChordNode<MatrixBody, MatrixReply>,
  time: VirtualTime
): Keeper<MatrixBody, MatrixReply> {
  const cells = new MatrixCells(capacity, time, node)
  const head = new MatrixHead(node)
  return (body) => {
    switch (body.kind) {
      case 'register':
        return cells.register(body)
      case 'remove':
        return cells.remove(body)
      case 'query':
        return cells.query(body)
      case 'fill':
        return cells.fill(body)
      case 'copy':
        return { ok: true, entries: cells.entries(body.cell) }
      case 'size':
        return { ok: true, size: head.sizeOf(body.attribute) }
      case 'grow':
        void head.grow(body.attribute, body.dimension, body.seen)
        return { ok: true }
    }
  }
}
