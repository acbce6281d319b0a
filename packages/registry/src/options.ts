/** What an operator may change; every bound of the registry that is not part of the wire. */
export interface RegistryOptions {
  /**
   * Copies of each shard, where there are that many nodes. A record survives `floor(replicas / 2)` failures within one
   * repair interval; each copy costs a message per change. Default 5.
   */
  readonly replicas: number
  /**
   * How long a copy outlives its owner's last sign of life, in ms. Owners refresh after a third of it. Shorter frees the
   * memory of vanished owners sooner and costs more refreshes. Default 10 min.
   */
  readonly ttlMs: number
  /** How long one replica may take for a read before the next is asked, in ms. Default 1,500. */
  readonly readTimeoutMs: number
  /** How long a whole query may take, in ms; what is missing then is reported. Default 10 s. */
  readonly queryTimeoutMs: number
  /** How long a registration waits for its majority, in ms. Default 20 s. */
  readonly acknowledgeTimeoutMs: number
  /** Records that a node keeps, its own among them; beyond, writes are refused with QUOTA_EXCEEDED. Default 200,000. */
  readonly recordsMax: number
  /** Records of one owner that a node keeps. Default 20,000. */
  readonly recordsPerOwnerMax: number
  /** First and longest wait before an unacknowledged write is repeated, in ms. Default 200 and 10,000. */
  readonly writeBackoffFirstMs: number
  readonly writeBackoffMaxMs: number
  /** How long a copy that no shard of this node needs is kept, in ms, so that a short absence moves nothing. Default 60 s. */
  readonly unneededKeptMs: number
  /**
   * Shards that this node reconciles at once. A node that holds several shards has many records in common between them: one
   * after the other moves each record once. Default 1.
   */
  readonly reconciledAtOnceMax: number
  /** Bytes of records that hand-over and repair move in a second, in the long run. Default 10 MB. */
  readonly reconciledBytesPerSecond: number
  /**
   * How often each complete shard is compared with another replica, in ms, jittered by a fifth. It bounds how long a
   * replica lacks what it missed; each comparison costs two messages of less than 100 bytes. Default 45 s.
   */
  readonly antiEntropyIntervalMs: number
  /** How long a node that leaves for good waits until others have what it holds, in ms; then it leaves all the same. Default 10 s. */
  readonly drainMsMax: number
}

/** The defaults. */
export const registryDefaults: RegistryOptions = {
  replicas: 5,
  ttlMs: 600_000,
  readTimeoutMs: 1_500,
  queryTimeoutMs: 10_000,
  acknowledgeTimeoutMs: 20_000,
  recordsMax: 200_000,
  recordsPerOwnerMax: 20_000,
  writeBackoffFirstMs: 200,
  writeBackoffMaxMs: 10_000,
  unneededKeptMs: 60_000,
  reconciledAtOnceMax: 1,
  reconciledBytesPerSecond: 10_000_000,
  antiEntropyIntervalMs: 45_000,
  drainMsMax: 10_000
}
