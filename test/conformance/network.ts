import { strict as assert } from 'node:assert'
import { type TestContext, test } from 'node:test'
import { CloudError, type MemoryMetrics } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'

/** A node under test: started, and connected with nobody. */
export interface ConformanceNode {
  readonly transport: Transport
  /** What the transport was given to count in. */
  readonly metrics: MemoryMetrics
}

/** A small network of one implementation of the port, and what the suite must be able to do to it. */
export interface ConformanceNetwork {
  /** Multiaddr of a place where nobody listens, on a machine that says so. */
  readonly deadAddress: string
  /** Starts one more node. */
  node(): Promise<ConformanceNode>
  /** Ends a node as if its process had died: connections break, redials are refused. */
  kill(node: ConformanceNode): Promise<void>
  /** Lets a node fall silent: its connections stay, it answers nothing. Left out where that cannot be done. */
  freeze?(node: ConformanceNode): Promise<void>
  /** Milliseconds, in the time that the network lives in. */
  now(): number
  /** The outcome of `promise`, while the network's time goes on. */
  run<T>(promise: Promise<T>): Promise<T>
  /** Lets `durationMs` of the network's time pass. */
  wait(durationMs: number): Promise<void>
  /** Stops every node. */
  stop(): Promise<void>
}

/** Registers one test of the suite, with a network of its own. */
export type Scenario = (title: string, body: (network: ConformanceNetwork, context: TestContext) => Promise<void>) => void

/** Scenarios over networks from `createNetwork`. */
export function scenariosOver(createNetwork: () => Promise<ConformanceNetwork>): Scenario {
  return (title, body) =>
    void test(title, async (context) => {
      const network = await createNetwork()
      try {
        await body(network, context)
      } finally {
        await network.stop()
      }
    })
}

/** `count` nodes, every one connected with every other. */
export async function connectedNodes(network: ConformanceNetwork, count: number): Promise<ConformanceNode[]> {
  const nodes: ConformanceNode[] = []
  for (let i = 0; i < count; i++) {
    const node = await network.node()
    for (const other of nodes) await network.run(node.transport.connect(addressOf(other)))
    nodes.push(node)
  }
  return nodes
}

/** Two connected nodes; the second dialled the first. */
export async function connectedPair(network: ConformanceNetwork): Promise<readonly [ConformanceNode, ConformanceNode]> {
  const [a, b] = await connectedNodes(network, 2)
  return [a as ConformanceNode, b as ConformanceNode]
}

/** An address that reaches a node. */
export function addressOf({ transport }: ConformanceNode): string {
  return transport.addresses()[0] as string
}

/** The CloudError that `promise` rejects with; fails if it does anything else. */
export async function failureOf(network: ConformanceNetwork, promise: Promise<unknown>): Promise<CloudError> {
  const outcome = await network.run(
    promise.then(
      () => new Error('it succeeded'),
      (error: unknown) => error
    )
  )
  if (outcome instanceof CloudError) return outcome
  throw outcome
}

/** A promise that is looked at later, or never. */
export function unhandled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/** Waits until `condition` holds; fails if it does not within `limitMs`. */
export async function until(network: ConformanceNetwork, condition: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const startedAt = network.now()
  while (!(await network.run(Promise.resolve(condition())))) {
    assert.ok(network.now() - startedAt < limitMs, `not within ${limitMs} ms`)
    await network.wait(25)
  }
}
