import { type Answer, type Match, queryLimitMax } from '@cloudpeer/api'
import { isCloudError, pick, type Random, sleep } from '@cloudpeer/core'
import type { DevNode } from '../dev-network.ts'
import { type RandomQuery, randomQuery } from '../random-query.ts'
import { judge } from './judge.ts'
import { runningNodes, type Scene } from './scene.ts'

/** A query that was not answered as it should have been. */
export interface WrongAnswer {
  readonly atMs: number
  /** Index of the node that was asked. */
  readonly node: number
  readonly expression: string
  readonly missing: readonly string[]
  readonly unexpected: readonly string[]
  readonly partial: boolean
  /** Why there was no answer. */
  readonly error?: string
}

/** What became of all queries. */
export interface Asked {
  asked: number
  /** Answers that said that they may be incomplete; they are wrong here, where enough replicas are always left. */
  partial: number
  wrong: number
  /** The first ones. */
  readonly wrongAnswers: WrongAnswer[]
}

/** Wrong answers that are told in full. */
export const wrongToldMax = 100

const depthMax = 2
const pauseMs = 25
/** Longer than a node takes at most to answer a query. */
const answerTimeoutMs = 12_000

/**
 * Asks one random query after the other at random running nodes and judges the answers, until `signal` aborts. A node that something
 * was done to within the last 15 s may refuse, say that its answer is incomplete, and know services of owners that are gone; even
 * then it may not leave out services without a word.
 */
export async function askOn(scene: Scene, random: Random, results: Asked, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const nodes = runningNodes(scene)
    if (nodes.length > 0) await askOnce(scene, pick(random, nodes), randomQuery(random, scene.published, depthMax), results, signal)
    // CANCELLED ends the loop by its condition.
    await sleep(scene.clock, pauseMs, signal).catch(() => {})
  }
}

async function askOnce(scene: Scene, node: DevNode, query: RandomQuery, results: Asked, signal: AbortSignal): Promise<void> {
  const { clock, history, published } = scene
  const fromMs = clock.now()
  const { matches, partial, error } = await askAll(node, query.expression, signal)
  const untilMs = clock.now()
  const settled = history.presence(node.peerId, fromMs, untilMs) === 'there'
  const loud = partial || error !== undefined
  if (signal.aborted || (loud && !settled)) return
  const { missing, unexpected } = judge({ query, matches, fromMs, untilMs }, published, history)
  results.asked++
  if (partial) results.partial++
  if (!loud && missing.length === 0 && (unexpected.length === 0 || !settled)) return
  results.wrong++
  if (results.wrongAnswers.length === wrongToldMax) return
  results.wrongAnswers.push({
    atMs: fromMs,
    node: node.index,
    expression: query.expression,
    missing: error === undefined ? missing : [],
    unexpected: settled ? unexpected : [],
    partial,
    ...(error !== undefined && { error })
  })
}

interface AllPages {
  readonly matches: readonly Match[]
  readonly partial: boolean
  readonly error?: string
}

async function askAll({ client }: DevNode, expression: string, signal: AbortSignal): Promise<AllPages> {
  const pages: Answer[] = []
  try {
    do {
      const after = pages.at(-1)?.next
      const request = { expression, limit: queryLimitMax, ...(after !== undefined && { after }) }
      pages.push(await client.query(request, { signal, timeoutMs: answerTimeoutMs }))
    } while (pages.at(-1)?.next !== undefined)
    return { matches: pages.flatMap(({ matches }) => matches), partial: pages.some(({ partial }) => partial) }
  } catch (error) {
    if (!isCloudError(error)) throw error
    return { matches: [], partial: false, error: error.message }
  }
}
