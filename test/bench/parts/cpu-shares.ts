import type { Profiler } from 'node:inspector/promises'

/** Parts of the work, by the sources that do it; the first that fits. */
export type Parts = readonly (readonly [string, RegExp])[]

/** The parts of one real node. */
const nodeParts: Parts = [
  ['crypto', /libp2p-noise|libp2p\/crypto|@noble|chacha|node:internal\/crypto|core\/src\/identity|registry\/src\/record/],
  [
    'encoding',
    /cborg|dag-cbor|typebox|core\/src\/(encoding|schema)|transport\/src\/(exchange\/envelope|libp2p\/frame)|varint|registry\/src\/replica\/page/
  ],
  ['store', /registry\/src\/replica|model\/src\/query|core\/src\/store|node:sqlite/],
  ['libp2p', /node_modules\/(libp2p|@libp2p|@chainsafe|uint8|it-|@multiformats|multiformats|main-event)/],
  ['HTTP server', /node_modules\/(fastify|@fastify|find-my-way|avvio|light-my-request)|packages\/(api|node)\/|node:_http/],
  ['query service', /registry\/src\/query|registry\/src/],
  ['transport', /packages\/(transport|core|overlay)/],
  ["Node's streams and system calls", /^node:/]
]

/** The parts of a simulated network. */
export const simulatorParts: Parts = [
  ['encoding', /cborg|dag-cbor|typebox|core\/src\/(encoding|schema)|exchange\/(envelope|passed-value)/],
  ['virtual time', /core\/src\/clock|tinyqueue|sim\/(node-clock|machine|event-loop)|process\/task_queues/],
  ['simulated network', /transport\/src\/sim/],
  ['exchange', /transport\/src\/exchange|core\/src\/(limits|metrics)/],
  ['store', /core\/src\/store|registry\/src\/replica|simulated-disk|node:sqlite/],
  ['overlay', /packages\/overlay/],
  ['registry', /packages\/(registry|model)|chevrotain|cel/]
]

/** Names of frames without a source that are no work of their caller. */
const runtime: ReadonlySet<string> = new Set(['(garbage collector)', '(program)', '(root)'])

/**
 * Shares of the busy time by part, largest first. Native functions without a source of their own, such as ciphers and
 * system calls, count for whoever called them.
 */
export function cpuShares(
  { nodes, samples = [], timeDeltas = [] }: Profiler.Profile,
  parts: Parts = nodeParts
): readonly (readonly [part: string, share: number])[] {
  const partOf = partsOf(nodes, parts)
  const times = new Map<string, number>()
  samples.forEach((id, index) => {
    const part = partOf.get(id) ?? 'idle'
    times.set(part, (times.get(part) ?? 0) + (timeDeltas[index] ?? 0))
  })
  times.delete('idle')
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times].map(([part, time]) => [part, time / total] as const).sort(([, a], [, b]) => b - a)
}

/** The part of each node of the call tree, by its id. */
function partsOf(nodes: readonly Profiler.ProfileNode[], parts: Parts): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const partOf = new Map<number, string>()
  function visit(node: Profiler.ProfileNode, callersPart: string): void {
    const part = partOfFrame(node.callFrame, parts) ?? callersPart
    partOf.set(node.id, part)
    for (const child of node.children ?? []) visit(byId.get(child) as Profiler.ProfileNode, part)
  }
  if (nodes[0] !== undefined) visit(nodes[0], 'runtime')
  return partOf
}

function partOfFrame({ url, functionName }: Profiler.ProfileNode['callFrame'], parts: Parts): string | undefined {
  // Starting and ending a profile is no work of the process.
  if (functionName === '(idle)' || url === 'node:inspector') return 'idle'
  if (functionName === '(garbage collector)') return 'garbage collector'
  if (runtime.has(functionName)) return 'runtime'
  return url === '' ? undefined : (parts.find(([, sources]) => sources.test(url))?.[0] ?? 'other')
}
