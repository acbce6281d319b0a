import type { Gpu, Schema } from '@cloudpeer/model'
import type { Labels } from '@cloudpeer/overlay'

/** How much is logged: lines of this level and above. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Where a server listens. Port 0 lets the system choose. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/** What an operator says of the capacity to offer; what is absent is measured. */
export interface ConfiguredCapacity {
  readonly cpuMilli?: number
  readonly memoryMib?: number
  readonly diskMib?: number
  readonly gpus?: readonly Gpu[]
  readonly others?: Readonly<Record<string, number>>
  /** By which requests find the node, judged when the schema is known. */
  readonly attributes?: Readonly<Record<string, unknown>>
}

/** `none` for a node that offers nothing. */
export type CapacitySetting = ConfiguredCapacity | 'none'

/** Everything an operator can choose about a node, validated. */
export interface Config {
  /** Multiaddrs of nodes to join by, with or without `/p2p/<id>`, at most 64. */
  readonly join: readonly string[]
  /** Whether to go on as the only node where nobody is found, as a founder does anyway. */
  readonly alone: boolean
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
  /** What of the machine is offered to others. */
  readonly capacity: CapacitySetting
  /** How long a lease of this machine lasts unless it is renewed, in ms. */
  readonly leaseMs: number
  /** The command that runs under each active lease of this machine; undefined for none. */
  readonly workload: string | undefined
  /** The command or URL that is told of requests which no known machine could ever fit; undefined for none. */
  readonly scaleOut: string | undefined
  /** The most bytes of one store file; undefined leaves it to the disk. */
  readonly storeBytesMax: number | undefined
  /** Whether to print JSON where a person would get sentences. */
  readonly json: boolean
}
