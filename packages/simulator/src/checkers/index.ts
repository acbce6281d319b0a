import { nobodyIsSentAwayUnheard, theDeadAreNoticed, theErasedStayErased, theWellAreNotSentAway } from './accusations.ts'
import { acknowledgementsAreEarned } from './acknowledgements.ts'
import { answersNameEachServiceOnce, oneFaultHidesNothing } from './answer-shape.ts'
import { answersAreSound, nothingIsMissedSilently } from './answers.ts'
import { beliefsRise, directoriesAgree, overlayIsConnected } from './beliefs.ts'
import type { Checker } from './checker.ts'
import { completeReplicasLackNothing } from './complete-replicas.ts'
import { completionIsEarned } from './completions.ts'
import { copiedPagesAreWhole } from './copied-pages.ts'
import { copiesAreTheSame, nothingOutlivesItsOwner } from './copies.ts'
import { acknowledgedWritesAreOnDisk } from './durable-writes.ts'
import { missingShardsWereTried, theNamesStandIn, wholeAnswersHeardEachShard } from './explanations.ts'
import { failedStoresAreLeftAlone } from './failed-stores.ts'
import { failuresAreTold } from './failures.ts'
import { whatIsLackingIsAskedFor } from './fetches.ts'
import { fingerprintsTellSetsApart } from './fingerprints.ts'
import { newcomersExchangeTables } from './joins.ts'
import { copiesDoNotOutliveTheirTime, tombstonesLast } from './lifetimes.ts'
import { operationsEnd } from './operations.ts'
import { answersEqualTheTruth, ownersKeepTheirServices, ownersSignWhatWasRegistered } from './owners.ts'
import { pagesMakeTheWhole } from './pages.ts'
import { provisioningCheckers } from './provisioning/index.ts'
import { refreshedCopiesAreThere, refreshesNameWhatIsPublished, supersededCopiesGo } from './published.ts'
import { servedRecordsAreValid } from './records.ts'
import { replicasAreEqual, responsibleSetsAgree, schemasAgree } from './replicas.ts'
import { nothingIsLeft, tablesAreBounded, trafficIsCalm } from './resources.ts'
import { writersWaitLonger } from './retries.ts'
import { startsAreOutbid } from './starts.ts'
import { strongReadsAreSettled } from './strong-reads.ts'
import { suspectsHaveTheirTime } from './suspicions.ts'
import { viewsTellSightsApart } from './views.ts'
import { witnessesHaveHeard } from './witnesses.ts'

/** Everything that must hold in every run. */
export const checkers: readonly Checker[] = [
  answersAreSound,
  answersNameEachServiceOnce,
  oneFaultHidesNothing,
  nothingIsMissedSilently,
  servedRecordsAreValid,
  copiesDoNotOutliveTheirTime,
  tombstonesLast,
  acknowledgementsAreEarned,
  refreshesNameWhatIsPublished,
  refreshedCopiesAreThere,
  supersededCopiesGo,
  fingerprintsTellSetsApart,
  viewsTellSightsApart,
  copiedPagesAreWhole,
  whatIsLackingIsAskedFor,
  completionIsEarned,
  completeReplicasLackNothing,
  acknowledgedWritesAreOnDisk,
  failedStoresAreLeftAlone,
  wholeAnswersHeardEachShard,
  missingShardsWereTried,
  theNamesStandIn,
  strongReadsAreSettled,
  failuresAreTold,
  operationsEnd,
  beliefsRise,
  theErasedStayErased,
  theWellAreNotSentAway,
  suspectsHaveTheirTime,
  witnessesHaveHeard,
  nobodyIsSentAwayUnheard,
  theDeadAreNoticed,
  newcomersExchangeTables,
  tablesAreBounded,
  writersWaitLonger,
  directoriesAgree,
  startsAreOutbid,
  overlayIsConnected,
  responsibleSetsAgree,
  schemasAgree,
  replicasAreEqual,
  copiesAreTheSame,
  nothingOutlivesItsOwner,
  ownersKeepTheirServices,
  ownersSignWhatWasRegistered,
  answersEqualTheTruth,
  pagesMakeTheWhole,
  ...provisioningCheckers,
  trafficIsCalm,
  nothingIsLeft
]
