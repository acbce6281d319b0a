import type { Adversary, AdversaryGround } from './adversary.ts'
import { createBraggart } from './capacity/braggart.ts'
import { createHoarder } from './capacity/hoarder.ts'
import { createRecklessMatcher } from './capacity/reckless-matcher.ts'
import { createThief } from './capacity/thief.ts'
import { createGossipFlood } from './floods/gossip-flood.ts'
import { createRecordFlood } from './floods/record-flood.ts'
import { createRequestFlood } from './floods/request-flood.ts'
import { createInventor } from './membership/inventor.ts'
import { createPretender } from './membership/pretender.ts'
import { createSlanderer } from './membership/slanderer.ts'
import { createSybils } from './membership/sybils.ts'
import { createEquivocator } from './records/equivocator.ts'
import { createForger } from './records/forger.ts'
import { createPoisoner } from './records/poisoner.ts'
import { createReplayer } from './records/replayer.ts'
import { createBabblingReplica } from './replicas/babbling-replica.ts'
import { createComplainingReplica } from './replicas/complaining-replica.ts'
import { createIrrelevantReplica } from './replicas/irrelevant-replica.ts'
import { createOmittingReplica } from './replicas/omitting-replica.ts'
import { createRefusingReplica } from './replicas/refusing-replica.ts'
import { createSlowReplica } from './replicas/slow-replica.ts'

/** The adversaries by name, as they are without options. */
export const adversaries = {
  forger: createForger,
  replayer: createReplayer,
  equivocator: createEquivocator,
  poisoner: createPoisoner,
  'request flood': createRequestFlood,
  'record flood': createRecordFlood,
  'gossip flood': createGossipFlood,
  slanderer: createSlanderer,
  pretender: createPretender,
  inventor: createInventor,
  sybils: createSybils,
  'omitting replica': createOmittingReplica,
  'slow replica': createSlowReplica,
  'complaining replica': createComplainingReplica,
  'refusing replica': (ground: AdversaryGround) => createRefusingReplica(ground),
  'babbling replica': createBabblingReplica,
  'irrelevant replica': createIrrelevantReplica,
  thief: createThief,
  hoarder: createHoarder,
  braggart: createBraggart,
  'reckless matcher': createRecklessMatcher
} satisfies Readonly<Record<string, (ground: AdversaryGround) => Adversary>>

/** The name of an adversary. */
export type AdversaryName = keyof typeof adversaries
