import { decode } from '@cloudpeer/core'
import type { RequestStatus } from '@cloudpeer/provisioning'
import type { Checker } from '../checker.ts'

/** How long what is wrong about cells may last, in times that are told for: a tree that all matchers have lost is forgotten by requesters later. */
const ttlsMax = 2.5

/** Cells split for a crowd only: where next to nobody waits any more they are whole. */
export const cellsBecomeWhole: Checker = {
  name: 'eventually_cells_without_a_crowd_are_whole',
  watch({ cloud, provisioning: { cellRequestsMax, offerTtlMs } }) {
    const lasting = createLastingFor(ttlsMax * offerTtlMs)
    return () => {
      const byGrid = Map.groupBy(waitingCells(cloud.nodes), gridOf)
      const nearlyEmpty = [...byGrid].filter(([grid, cells]) => cells.length < cellRequestsMax / 2 && cells.some((cell) => cell !== grid))
      return lasting(
        cloud.time.now,
        new Map(nearlyEmpty.map(([grid, cells]) => [grid, `${cells.join(' ')} is all that somebody waits in`]))
      )
    }
  }
}

/** Requesters agree on how a cell is split: otherwise they would keep more matchers busy than need be. */
export const splitsAreKnownAlike: Checker = {
  name: 'eventually_splits_are_known_alike',
  watch({ cloud, provisioning: { offerTtlMs } }) {
    const lasting = createLastingFor(ttlsMax * offerTtlMs)
    return () => {
      const cells = [...new Set(waitingCells(cloud.nodes))].sort()
      const pairs = cells.flatMap((a, index) => cells.slice(index + 1).flatMap((b) => (areOfOneTree(a, b) ? [] : [`${a} and ${b}`])))
      return lasting(cloud.time.now, new Map(pairs.map((pair) => [pair, `${pair} are not of one split tree`])))
    }
  }
}

/**
 * Whoever tells anew how a cell is split tells what takes the place of what it told before: a later version, or of the same one the smaller text.
 * Otherwise those who heard of the one before would keep it.
 */
export const splitsAreReplacedByLaterOnes: Checker = {
  name: 'anytime_splits_are_replaced_by_later_ones',
  watch({ cloud, exchanges, provisioning: { offerTtlMs } }) {
    const problems: string[] = []
    const told = new Map<string, { readonly tree: TreeFields; readonly atMs: number }>()
    exchanges.onPublished(({ from, data }) => {
      const { tree } = decode(data, 'topic message') as { readonly tree?: TreeFields }
      if (tree === undefined) return
      const before = told.get(`${from} ${tree.cell}`)
      told.set(`${from} ${tree.cell}`, { tree, atMs: cloud.time.now })
      // What it told long ago it may have forgotten.
      if (before === undefined || cloud.time.now - before.atMs > offerTtlMs / 2 || !isOvertaken(tree, before.tree)) return
      problems.push(`${from} tells ${JSON.stringify(tree)}, which is not later than ${JSON.stringify(before.tree)}`)
    })
    /** A new process knows of no splits. */
    cloud.onNode(({ peer }) => {
      for (const key of told.keys()) if (key.startsWith(`${peer} `)) told.delete(key)
    })
    return () => problems.splice(0)
  }
}

/** How a cell is split. */
interface TreeFields {
  readonly cell: string
  readonly version: number
  readonly cuts: readonly unknown[]
}

/** Whether the earlier one of two trees is told by those who know both. */
function isOvertaken(tree: TreeFields, before: TreeFields): boolean {
  return tree.version < before.version || (tree.version === before.version && JSON.stringify(tree.cuts) > JSON.stringify(before.cuts))
}

/** The cells of all requests that wait, once for each. */
function waitingCells(nodes: readonly { readonly provisioning: { requests(): readonly RequestStatus[] } }[]): readonly string[] {
  return nodes.flatMap(({ provisioning }) => provisioning.requests().flatMap(({ cells }) => cells))
}

function gridOf(cell: string): string {
  return cell.split('/')[0] ?? cell
}

/** Whether one is within the other, or they are apart since one cut. */
function areOfOneTree(a: string, b: string): boolean {
  const [steps, others] = [a.split('/'), b.split('/')]
  const parted = steps.findIndex((step, index) => step !== others[index])
  const [step, other] = [steps[parted], others[parted]]
  return step === undefined || other === undefined || parted === 0 || withoutHalf(step) === withoutHalf(other)
}

function withoutHalf(step: string): string {
  return step.replace(/[<>]/, ' ')
}

/** Of findings by their subject those that were there at all looks for so long. */
function createLastingFor(ms: number): (now: number, findings: ReadonlyMap<string, string>) => readonly string[] {
  let since: ReadonlyMap<string, number> = new Map()
  return (now, findings) => {
    since = new Map([...findings.keys()].map((subject) => [subject, since.get(subject) ?? now]))
    return [...findings].flatMap(([subject, finding]) => (now - (since.get(subject) ?? now) >= ms ? [finding] : []))
  }
}
