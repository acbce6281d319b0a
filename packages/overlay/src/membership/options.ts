import { membersMax } from './member.ts'

/**
 * How membership is kept. The numbers are memberlist's for a local network (`DefaultLANConfig`) unless said otherwise;
 * Lifeguard is Dadgar, Phillips and Currey, 2018.
 */
export interface MembershipOptions {
  /** One member is probed this often, in ms: 1,000. Also the unit of the suspicion time. Shorter finds crashes sooner and costs more messages. */
  readonly probeIntervalMs: number
  /** Wait for a direct answer before others are asked to probe, in ms: 500. At least three times the 99th percentile of the round trip. */
  readonly probeTimeoutMs: number
  /** Members asked to probe on our behalf: 3. */
  readonly indirectProbes: number
  /** The suspicion time is at least this many probe intervals, times log10 of the number of members where that is more than 1: 4. */
  readonly suspicionMultiplier: number
  /** The suspicion time is at most this many times its minimum: 3. memberlist takes 6; 3 bounds a small network at 12 s. */
  readonly suspicionMaxMultiplier: number
  /** The local health score stays below this: 8. A node at score s stretches its probe interval and timeout by s + 1. */
  readonly healthMax: number
  /** Updates are spread at this interval, in ms, while there are any: 200. */
  readonly gossipIntervalMs: number
  /** Members told in each such interval: 3. */
  readonly gossipFanout: number
  /** An update is sent this many times ceil(log10(N + 1)): 4. */
  readonly retransmitMultiplier: number
  /** Whole tables are exchanged with one member this often, in ms, times 1 + ceil(log2(N / 32)) above 32 members: 30,000. */
  readonly syncIntervalMs: number
  /** A member that crashed is tried again this often, in ms, one at random: 10,000. It heals partitions; serf's is 30,000. */
  readonly reconnectIntervalMs: number
  /** The wait between two attempts to join: at first up to `joinFirstMs`, later up to `joinMaxMs`: 250 and 30,000. */
  readonly joinFirstMs: number
  readonly joinMaxMs: number
  /** A member that crashed is kept as AWAY for this long, in ms, and is GONE afterwards: 600,000. */
  readonly crashAwayMs: number
  /** The same for one that announced its leave: 86,400,000. */
  readonly announcedAwayMs: number
  /** A timer that fires this late, in ms, shows that this node itself stood still: 1,000. */
  readonly asleepMs: number
  /** The most members that the table holds, this node not among them: 10,000. Beyond it newcomers are told MEMBERS_FULL. */
  readonly membersMax: number
}

/** The defaults named at each option. */
export const defaultMembershipOptions: MembershipOptions = {
  probeIntervalMs: 1_000,
  probeTimeoutMs: 500,
  indirectProbes: 3,
  suspicionMultiplier: 4,
  suspicionMaxMultiplier: 3,
  healthMax: 8,
  gossipIntervalMs: 200,
  gossipFanout: 3,
  retransmitMultiplier: 4,
  syncIntervalMs: 30_000,
  reconnectIntervalMs: 10_000,
  joinFirstMs: 250,
  joinMaxMs: 30_000,
  crashAwayMs: 600_000,
  announcedAwayMs: 86_400_000,
  asleepMs: 1_000,
  membersMax
}
