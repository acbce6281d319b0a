import type { Schema } from '@cloudpeer/model'
import type { Labels } from '@cloudpeer/overlay'

/** How much is logged: lines of this level and above. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Where a server listens. Port 0 lets the system choose. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Everything an operator can choose about a node, validated. */
export interface Config {
  /** Multiaddrs of nodes to join by, with or without `/p2p/<id>`, at most 64. */
  readonly join: readonly string[]
  /** Multiaddrs to listen on, at most 8. */
  readonly listen: readonly string[]
  /** Multiaddrs to tell others instead of those listened on, at most 8. */
  readonly announce: readonly string[]
  /** Where the HTTP server listens. */
  readonly api: HostPort
  /** The data directory. */
  readonly data: string
  /** Short texts that describe the node to others, such as its location. */
  readonly labels: Labels
  /** The name of the network, if this node founds one. */
  readonly name: string
  readonly logLevel: LogLevel
  /** The schema of the network, if this node founds one. */
  readonly schema: Schema | undefined
  /** The most bytes of one store file; undefined leaves it to the disk. */
  readonly storeBytesMax: number | undefined
  /** Whether to print JSON where a person would get sentences. */
  readonly json: boolean
}
