import type { Settings } from './parameters.ts'

/** What a formula says an operation takes in a network of so many nodes: one-way messages, and round trips. */
export interface CostModel {
  readonly scheme: string
  readonly name: string
  query(nodes: number): { readonly messages: number; readonly roundTrips: number }
  registration(nodes: number): { readonly messages: number; readonly roundTrips: number }
}

/**
 * The formulas for the schemes, with L = log2(N) / 2 hops to the node before a key in Chord (Stoica et al., 2001, section 6)
 * and one more to the key's, A attributes in a service, q in a query, and k copies. A reply is a message, too.
 */
export function costModels(settings: Settings): readonly CostModel[] {
  const [perService, perQuery, replicas] = [settings.number('per-service'), settings.number('per-query'), settings.number('replicas')]
  const hops = (nodes: number): number => Math.log2(nodes) / 2
  const indexedShare = Math.min(1, settings.number('indexed') / settings.number('attributes'))
  return [
    {
      scheme: 'attribute-shards',
      name: 'model S1',
      query: (nodes) => ({ messages: perQuery * (hops(nodes) + 2), roundTrips: (hops(nodes) + 2) / 2 }),
      registration: (nodes) => ({ messages: perService * (hops(nodes) + 2), roundTrips: (hops(nodes) + 2) / 2 })
    },
    {
      scheme: 'matrix',
      name: 'model matrix',
      query: (nodes) => ({ messages: hops(nodes) + 2, roundTrips: (hops(nodes) + 2) / 2 }),
      registration: (nodes) => ({ messages: perService * (hops(nodes) + 2), roundTrips: (hops(nodes) + 2) / 2 })
    },
    {
      scheme: 'cloudpeer',
      name: 'model Cloudpeer',
      query: () => ({ messages: 2, roundTrips: 1 }),
      registration: (nodes) => ({ messages: 2 * distinctHolders(nodes, replicas, 1 + perService * indexedShare), roundTrips: 1 })
    }
  ]
}

/** Nodes that hold at least one of so many shards, each at `replicas` random ones. */
function distinctHolders(nodes: number, replicas: number, shards: number): number {
  const each = Math.min(1, replicas / nodes)
  return nodes * (1 - (1 - each) ** shards)
}
