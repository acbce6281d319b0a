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
