import type { ScriptedNetwork } from './scripted-network.ts'

/** Messages that one node sends in a second, on average, by protocol id. */
export type MessageRates = ReadonlyMap<string, number>

/** Counts for a while what a network sends. */
export async function messageRates(network: ScriptedNetwork, durationMs: number): Promise<MessageRates> {
  const before = await network.messages()
  await network.pass(durationMs)
  const after = await network.messages()
  const nodeSeconds = ((after.atMs - before.atMs) / 1000) * network.running.length
  return new Map(Object.entries(after.sent).map(([protocol, count]) => [protocol, (count - (before.sent[protocol] ?? 0)) / nodeSeconds]))
}

/** All protocols together. */
export function totalRate(rates: MessageRates): number {
  return [...rates.values()].reduce((sum, rate) => sum + rate, 0)
}
