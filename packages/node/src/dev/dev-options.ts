import { resolve } from 'node:path'
import { CloudError } from '@cloudpeer/core'
import { parseFlags, readInteger } from '../config/index.ts'
import { chaosNodesMin } from './chaos/plan.ts'

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
  /** How long to bring trouble to the network in place of the tour, in s, 1 to {@link chaosSecondsMax}; undefined for none. */
  readonly chaos: number | undefined
  /** Of the trouble; undefined for one drawn by chance. */
  readonly seed: number | undefined
}

/** The most nodes of a development network: what one machine runs comfortably. */
export const nodesMax = 64

/** The longest run of chaos, in s: a day. */
const chaosSecondsMax = 86_400

/** Reads the flags of `dev`. INVALID names the flag. */
export function readDevOptions(args: readonly string[]): DevOptions {
  const {
    nodes,
    data,
    'api-port': apiPort,
    exit,
    json,
    chaos,
    seed
  } = parseFlags(args, {
    nodes: { type: 'string' },
    data: { type: 'string' },
    'api-port': { type: 'string' },
    exit: { type: 'boolean' },
    json: { type: 'boolean' },
    chaos: { type: 'string' },
    seed: { type: 'string' }
  })
  if (seed !== undefined && chaos === undefined) throw new CloudError('INVALID', { field: '--seed', problem: 'is for --chaos' })
  return {
    nodes: readInteger(chaos === undefined ? 1 : chaosNodesMin, nodesMax)(nodes ?? 9, '--nodes'),
    data: typeof data === 'string' ? resolve(data) : undefined,
    apiPort: readInteger(0, 65_535 - nodesMax)(apiPort ?? 7070, '--api-port'),
    exit: exit === true,
    json: json === true,
    chaos: chaos === undefined ? undefined : readInteger(1, chaosSecondsMax)(chaos, '--chaos'),
    seed: seed === undefined ? undefined : readInteger(0, 2 ** 31 - 1)(seed, '--seed')
  }
}
