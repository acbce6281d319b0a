import { resolve } from 'node:path'
import { parseFlags, readInteger } from '../config/index.ts'

/** What `cloudpeer dev` is asked to do. */
export interface DevOptions {
  /** 1 to {@link nodesMax}. */
  readonly nodes: number
  /** Where the nodes keep their data; undefined for a place that is removed at the end. */
  readonly data: string | undefined
  /** The API port of the first node, the others follow; 0 lets the system choose each. */
  readonly apiPort: number
  /** Whether to end after the tour. */
  readonly exit: boolean
  readonly json: boolean
}

/** The most nodes of a development network: what one machine runs comfortably. */
export const nodesMax = 64

/** Reads the flags of `dev`. INVALID names the flag. */
export function readDevOptions(args: readonly string[]): DevOptions {
  const {
    nodes,
    data,
    'api-port': apiPort,
    exit,
    json
  } = parseFlags(args, {
    nodes: { type: 'string' },
    data: { type: 'string' },
    'api-port': { type: 'string' },
    exit: { type: 'boolean' },
    json: { type: 'boolean' }
  })
  return {
    nodes: readInteger(1, nodesMax)(nodes ?? 9, '--nodes'),
    data: typeof data === 'string' ? resolve(data) : undefined,
    apiPort: readInteger(0, 65_535 - nodesMax)(apiPort ?? 7070, '--api-port'),
    exit: exit === true,
    json: json === true
  }
}
