import { theDeadAreNoticed, theErasedStayErased, theWellAreNotSentAway } from './accusations.ts'
import { answersNameEachServiceOnce, oneFaultHidesNothing } from './answer-shape.ts'
import { answersAreSound, nothingIsMissedSilently } from './answers.ts'
import { beliefsRise, directoriesAgree, overlayIsConnected } from './beliefs.ts'
import type { Checker } from './checker.ts'
import { completeReplicasLackNothing } from './complete-replicas.ts'
import { copiesAreTheSame, nothingOutlivesItsOwner } from './copies.ts'
import { acknowledgedWritesAreOnDisk } from './durable-writes.ts'
import { operationsEnd } from './operations.ts'
import { answersEqualTheTruth, ownersKeepTheirServices } from './owners.ts'
import { pagesMakeTheWhole } from './pages.ts'
import { provisioningCheckers } from './provisioning/index.ts'
import { servedRecordsAreValid } from './records.ts'
import { replicasAreEqual, responsibleSetsAgree } from './replicas.ts'
import { nothingIsLeft, tablesAreBounded, trafficIsCalm } from './resources.ts'

/** Everything that must hold in every run. */
export const checkers: readonly Checker[] = [
  answersAreSound,
  answersNameEachServiceOnce,
  oneFaultHidesNothing,
  nothingIsMissedSilently,
  servedRecordsAreValid,
  completeReplicasLackNothing,
  acknowledgedWritesAreOnDisk,
  operationsEnd,
  beliefsRise,
  theErasedStayErased,
  theWellAreNotSentAway,
  theDeadAreNoticed,
  tablesAreBounded,
  directoriesAgree,
  overlayIsConnected,
  responsibleSetsAgree,
  replicasAreEqual,
  copiesAreTheSame,
  nothingOutlivesItsOwner,
  ownersKeepTheirServices,
  answersEqualTheTruth,
  pagesMakeTheWhole,
  ...provisioningCheckers,
  trafficIsCalm,
  nothingIsLeft
]
