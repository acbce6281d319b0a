import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { isCloudError } from '@cloudpeer/core'
import type { Step } from './script.ts'
import type { Found, NodeView, ScriptedNetwork } from './scripted-network.ts'

/** How long a network may take to come to rest, in ms. */
const settleMsMax = 60_000
const settlePollMs = 100

/** Does all steps, one after the other, and returns what the queries found. Fails for a query that finds something else than the script says. */
export async function perform(script: readonly Step[], network: ScriptedNetwork): Promise<readonly Found[]> {
  const answers: Found[] = []
  for (const step of script) {
    const answer = await performStep(step, network)
    if (answer !== undefined) answers.push(answer)
  }
  return answers
}

async function performStep(step: Step, network: ScriptedNetwork): Promise<Found | undefined> {
  switch (step.kind) {
    case 'start':
      await Promise.all(step.nodes.map((node) => network.start(node, step.through)))
      return undefined
    case 'kill':
      await Promise.all(step.nodes.map((node) => network.kill(node)))
      return undefined
    case 'query':
      return ask(step, network)
    case 'register':
      await network.register(step.node, step.services)
      return undefined
    case 'remove':
      await network.remove(step.node, step.name)
      return undefined
    case 'settle':
      await settle(network)
      return undefined
    default:
      await network[step.kind](step.node)
      return undefined
  }
}

async function ask({ node, expression, finds }: Extract<Step, { kind: 'query' }>, network: ScriptedNetwork): Promise<Found> {
  const { matches, partial } = await network.query(node, expression)
  const labels = matches.map(({ name, owner }) => `${name} of ${owner}`).sort()
  const expected = finds.map((found) => `${found.name} of ${network.peerOf(found.node)}`).sort()
  assert.deepEqual({ partial, labels }, { partial: false, labels: expected }, `${expression} at node ${node}`)
  return { partial, matches: matches.map(({ name, owner, attributes, endpoints }) => ({ name, owner, attributes, endpoints })) }
}

/** Waits until all nodes believe the same of everybody, are complete in their shards, and have their services on all replicas. */
async function settle(network: ScriptedNetwork): Promise<void> {
  const endMs = network.nowMs + settleMsMax
  for (let unrest = await firstUnrest(network); unrest !== undefined; unrest = await firstUnrest(network)) {
    assert.ok(network.nowMs < endMs, `not at rest within ${settleMsMax} ms: ${unrest}`)
    await network.pass(settlePollMs)
  }
}

/** Asks node after node, until one is not at rest: to ask all of them all the time would keep them from it. */
async function firstUnrest(network: ScriptedNetwork): Promise<string | undefined> {
  const running = network.running.map((node) => `${network.peerOf(node)} ALIVE`).sort()
  let believed: readonly string[] | undefined
  for (const node of network.running) {
    const view = await viewOf(network, node)
    if (view === undefined) return `node ${node} does not answer`
    const beliefs = beliefsOf(view)
    believed ??= beliefs
    if (!isDeepStrictEqual(beliefs, believed)) return `node ${node} believes ${beliefs.join(', ')}, another ${believed.join(', ')}`
    const [trouble] = troubles(view, running)
    if (trouble !== undefined) return `node ${node} ${trouble}`
  }
  return undefined
}

/** A node that has just been started may refuse. */
function viewOf(network: ScriptedNetwork, node: number): Promise<NodeView | undefined> {
  return network.view(node).catch((error: unknown) => {
    if (!isCloudError(error)) throw error
    return undefined
  })
}

function troubles({ members, shards, services }: NodeView, running: readonly string[]): readonly string[] {
  const live = members.filter(({ state }) => state !== 'AWAY').map(({ peer, state }) => `${peer} ${state}`)
  const lacking = services.filter(({ acknowledged, replicas }) => acknowledged < replicas)
  return [
    ...(isDeepStrictEqual(live.sort(), running) ? [] : [`sees ${live.join(', ')}`]),
    ...(shards.ready === shards.held ? [] : [`is complete in ${shards.ready} of ${shards.held} shards`]),
    ...(lacking.length === 0 ? [] : [`has ${lacking.length} services that replicas lack`])
  ]
}

/** What a node believes of each member, by peer id. */
export function beliefsOf({ members }: NodeView): readonly string[] {
  return members.map(({ peer, state, epoch }) => `${peer} ${state} ${epoch}`).sort()
}
