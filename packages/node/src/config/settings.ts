import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseSchema } from '@cloudpeer/model'
import type { Config } from './config.ts'
import { readCapacity } from './read-capacity.ts'
import {
  joinMax,
  type Reader,
  readAddresses,
  readChoice,
  readHostPort,
  readInteger,
  readLabels,
  readParsed,
  readSwitch,
  readText
} from './readers.ts'

/** One thing that an operator can set, and the three places where. */
export interface Setting<T> {
  /** `--flag`; undefined for what only a file can say. */
  readonly flag?: string
  /** The environment variable. */
  readonly variable?: string
  /** Whether it may be given several times; in the environment the items are separated by commas. */
  readonly many?: boolean
  /** Whether the flag stands without a value. */
  readonly isSwitch?: boolean
  readonly read: Reader<T>
  readonly fallback: (environment: Environment) => T
}

/** The process's environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The settings by their key in the configuration file. */
export type Settings = { readonly [K in Exclude<keyof Config, 'json'>]: Setting<Config[K]> }

/** Between what a busy network can renew in time, and a day without anybody's use of what a dead requester has, in ms. */
const leaseMsLeast = 3000
const leaseMsMost = 86_400_000

/** The longest command of a hook, in characters. */
const commandLengthMax = 4096

/** The smallest store that is of any use, in bytes. */
const storeBytesLeast = 1024 * 1024

/** Every setting of a node. The README's table lists them in this order. */
export const settings: Settings = {
  join: { flag: 'join', variable: 'CLOUDPEER_JOIN', many: true, read: readAddresses(joinMax), fallback: () => [] },
  alone: { flag: 'alone', isSwitch: true, variable: 'CLOUDPEER_ALONE', read: readSwitch, fallback: () => false },
  listen: { flag: 'listen', variable: 'CLOUDPEER_LISTEN', many: true, read: readAddresses(), fallback: () => ['/ip4/0.0.0.0/tcp/4001'] },
  announce: { flag: 'announce', variable: 'CLOUDPEER_ANNOUNCE', many: true, read: readAddresses(), fallback: () => [] },
  api: { flag: 'api', variable: 'CLOUDPEER_API', read: readHostPort, fallback: () => ({ host: '127.0.0.1', port: 7070 }) },
  data: { flag: 'data', variable: 'CLOUDPEER_DATA', read: readPath, fallback: defaultDataDirectory },
  labels: { flag: 'label', variable: 'CLOUDPEER_LABEL', many: true, read: readLabels, fallback: () => ({}) },
  name: { flag: 'name', variable: 'CLOUDPEER_NAME', read: readText(64), fallback: () => 'cloudpeer' },
  logLevel: {
    flag: 'log-level',
    variable: 'CLOUDPEER_LOG_LEVEL',
    read: readChoice(['debug', 'info', 'warn', 'error']),
    fallback: () => 'info'
  },
  capacity: { flag: 'capacity', variable: 'CLOUDPEER_CAPACITY', many: true, read: readCapacity, fallback: () => ({}) },
  leaseMs: { variable: 'CLOUDPEER_LEASE_MS', read: readInteger(leaseMsLeast, leaseMsMost), fallback: () => 60_000 },
  workload: { flag: 'workload', variable: 'CLOUDPEER_WORKLOAD', read: readText(commandLengthMax), fallback: () => undefined },
  scaleOut: { flag: 'scale-out', variable: 'CLOUDPEER_SCALE_OUT', read: readText(commandLengthMax), fallback: () => undefined },
  schema: { read: readParsed(parseSchema), fallback: () => undefined },
  storeBytesMax: { variable: 'CLOUDPEER_STORE_BYTES_MAX', read: readInteger(storeBytesLeast, 2 ** 46), fallback: () => undefined }
}

function readPath(value: unknown, field: string): string {
  return resolve(readText(4096)(value, field))
}

/** `$XDG_DATA_HOME/cloudpeer`, or `~/.local/share/cloudpeer` (XDG Base Directory Specification). */
function defaultDataDirectory(environment: Environment): string {
  return join(environment.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'cloudpeer')
}
