import { describe } from 'node:test'
import { failureConformance } from './failures.ts'
import { type ConformanceNetwork, scenariosOver } from './network.ts'
import { peerConformance } from './peers.ts'
import { requestConformance } from './requests.ts'
import { routingConformance } from './routing.ts'
import { topicConformance } from './topics.ts'

export type { ConformanceNetwork, ConformanceNode } from './network.ts'

/**
 * Registers the tests that every implementation of the Transport port passes. Each runs in a network of its own, and
 * sees nothing but the port.
 */
export function transportConformance(name: string, createNetwork: () => Promise<ConformanceNetwork>): void {
  const scenario = scenariosOver(createNetwork)
  describe(`${name}: requests`, () => requestConformance(scenario))
  describe(`${name}: failures`, () => failureConformance(scenario))
  describe(`${name}: peers`, () => peerConformance(scenario))
  describe(`${name}: topics`, () => topicConformance(scenario))
  describe(`${name}: routing`, () => routingConformance(scenario))
}
