import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What libp2p's own protocols have sent. */
export interface StreamCounts {
  /** Requests and replies of kad-dht. */
  readonly kad: number
  /** Messages of gossipsub: data, control, or both. */
  readonly gossip: number
  /** Published messages in them: one for each peer that each was sent to. */
  readonly gossipData: number
}

/** The environment variable that tells a counted process where to leave its counts. */
export const countsDirectoryVariable = 'STREAM_COUNTS_DIRECTORY'

/** Has the processes that this one starts from now on count what they send, into files in a directory. */
export function countStreamsIn(directory: string): void {
  process.env[countsDirectoryVariable] = directory
  process.env.NODE_OPTIONS = `--import=${new URL('./stream-counter.ts', import.meta.url)}`
}

/** The counts of all processes so far, those that have ended among them. */
export function readStreamCounts(directory: string): StreamCounts {
  const files = readdirSync(directory).filter((name) => name.endsWith('.json'))
  const each = files.map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as StreamCounts)
  const sum = (name: keyof StreamCounts): number => each.reduce((total, counts) => total + counts[name], 0)
  return { kad: sum('kad'), gossip: sum('gossip'), gossipData: sum('gossipData') }
}
