import { assert, type PeerId, type Random } from '@cloudpeer/core'
import { matrixFromFile } from './planetlab.ts'
import { regionOf, regionsLatencyMs } from './regions.ts'

/** Which latencies a network has: plain data, so that a run can be written down. */
export type LatencyChoice =
  /** Each pair's own, drawn once between two bounds, the same both ways. */
  | { readonly kind: 'uniform'; readonly minMs: number; readonly maxMs: number }
  /** Nodes dealt out in turn to 13 regions of a cloud, and in each to its zones. */
  | { readonly kind: 'regions' }
  /** Nodes dealt out at random to the hosts of a matrix of round-trip times, in the file at `path`. */
  | { readonly kind: 'planetlab'; readonly path: string }

/** One way's time between any two nodes, and where nodes are. */
export interface Latency {
  /** In ms, without jitter; above 0. Peers get their numbers in the order in which they are first asked for. */
  latencyMs(from: PeerId, to: PeerId): number
  /** A peer's place in the order of all. */
  numberOf(peer: PeerId): number
  /** The name of a peer's region; undefined where there are none. */
  regionOf(peer: PeerId): string | undefined
}

/** One way's time between two nodes by their numbers, in ms. */
export type NumberedLatency = (from: number, to: number) => number

/** Reads a whole file, or throws. */
export type ReadFile = (path: string) => Uint8Array

/**
 * Latencies as chosen; what chance decides about them comes from `random`. INVALID for a file that holds no matrix, or if there is nothing
 * to read it with.
 */
export function createLatency(choice: LatencyChoice, random: Random, readFile: ReadFile = noFiles): Latency {
  const numbers = new Map<PeerId, number>()
  const between = numberedLatency(choice, random, readFile)

  function numberOf(peer: PeerId): number {
    const number = numbers.get(peer) ?? numbers.size
    if (number === numbers.size) numbers.set(peer, number)
    return number
  }

  return {
    latencyMs: (from, to) => between(numberOf(from), numberOf(to)),
    numberOf,
    regionOf: (peer) => (choice.kind === 'regions' ? regionOf(numberOf(peer)) : undefined)
  }
}

function numberedLatency(choice: LatencyChoice, random: Random, readFile: ReadFile): NumberedLatency {
  if (choice.kind === 'uniform') return uniformLatencyMs(choice.minMs, choice.maxMs, random)
  return choice.kind === 'regions' ? regionsLatencyMs : matrixLatencyMs(matrixFromFile(choice.path, readFile), random)
}

function noFiles(): Uint8Array {
  throw new Error('no files can be read here')
}

function uniformLatencyMs(minMs: number, maxMs: number, random: Random): NumberedLatency {
  assert(minMs > 0 && maxMs >= minMs, `latencies from ${minMs} to ${maxMs} ms`)
  const drawn: number[][] = []
  return (from, to) => {
    const [smaller, larger] = [Math.min(from, to), Math.max(from, to)]
    while (drawn.length <= larger) drawn.push([])
    const row = drawn[larger] as number[]
    const latencyMs = row[smaller] ?? minMs + (maxMs - minMs) * random.next()
    row[smaller] = latencyMs
    return latencyMs
  }
}

/** The least time between two nodes on one host, in ms. */
const sameHostMs = 0.05

function matrixLatencyMs(roundTripsMs: readonly Float64Array[], random: Random): NumberedLatency {
  const hosts: number[] = []
  const hostOf = (number: number): number => {
    while (hosts.length <= number) hosts.push(random.integer(roundTripsMs.length))
    return hosts[number] as number
  }
  return (from, to) => Math.max(sameHostMs, (roundTripsMs[hostOf(from)]?.[hostOf(to)] as number) / 2)
}
