import { CloudError, type Log, type PeerId, Semaphore } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import { loadProtocol } from '../protocols/match.ts'
import type { Duties } from './duties.ts'
import type { Load } from './load.ts'

/** Matchers that are asked at once. */
const askedAtOnceMax = 16

/** What asking for loads works with. */
export interface CellLoadsParts {
  readonly transport: Transport
  readonly duties: Duties
  readonly log: Log
  /** How full a cell is at this node. */
  readonly loadOf: (cell: string) => Load
}

/** Loads by cell; those that nobody told are missing. */
export type Loads = ReadonlyMap<string, Load>

/** Asks for each cell the matcher that acts in it how full it is. */
export function createCellLoads({
  transport,
  duties,
  log,
  loadOf
}: CellLoadsParts): (cells: readonly string[], signal: AbortSignal) => Promise<Loads> {
  const asking = new Semaphore('matchers asked how full their cells are', askedAtOnceMax, Number.MAX_SAFE_INTEGER)

  async function ask(peer: PeerId | undefined, cells: readonly string[], signal: AbortSignal): Promise<readonly Load[]> {
    if (peer === undefined) return []
    if (peer === duties.self) return cells.map(loadOf)
    try {
      return (await asking.run(() => transport.request(peer, loadProtocol, { cells }, { signal }))).loads
    } catch (error) {
      if (!(error instanceof CloudError) || signal.aborted) throw error
      log.debug('a matcher does not tell how full its cells are', { peer, code: error.code })
      return []
    }
  }

  return async (cells, signal) => {
    const byMatcher = [...Map.groupBy(cells, duties.acting)]
    const told = await Promise.all(byMatcher.map(async ([peer, theirs]) => ({ theirs, loads: await ask(peer, theirs, signal) })))
    return new Map(told.flatMap(({ theirs, loads }) => loads.slice(0, theirs.length).map((load, index) => [theirs[index] as string, load])))
  }
}
