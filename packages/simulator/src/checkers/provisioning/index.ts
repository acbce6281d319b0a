import type { Checker } from '../checker.ts'
import { onlyTheRequesterActs } from './acts.ts'
import { deadRequestersHoldNothing } from './dead-requesters.ts'
import { grantsAreDurable } from './durable-grants.ts'
import { requestsAreDurable } from './durable-requests.ts'
import { fencesRise } from './fences.ts'
import { matchersFollowTheirCells } from './followed-cells.ts'
import { gangsAreConfirmedWhole, gangsAreWhole, grantedGangsWereActive, unitsHaveOneLease } from './gangs.ts'
import { denialsAreHeeded } from './heeded-denials.ts'
import { believedLeasesAreKept } from './kept-leases.ts'
import { ownersAreKnown, ownersHearThemselves } from './known-offers.ts'
import { fittingRequestsAreGranted } from './open-requests.ts'
import { believedLeasesFit, noOwnerIsOverAllocated, workFits } from './over-allocation.ts'
import { proposalsAreFew } from './proposals.ts'
import { repeatedRequestsAreOne } from './repeated-requests.ts'
import { cellsBecomeWhole, splitsAreKnownAlike, splitsAreReplacedByLaterOnes } from './split-cells.ts'
import { whatHasRoomIsProposed } from './timely-proposals.ts'
import { wholeLedgersAreTrusted } from './trusted-ledgers.ts'
import { bothSidesAgree } from './two-sides.ts'
import { requestsWaitWhereOwnersAre } from './waiting-places.ts'
import { theWithdrawnAreNotProposed } from './withdrawals.ts'

/** What must hold of capacity, requests and leases. */
export const provisioningCheckers: readonly Checker[] = [
  noOwnerIsOverAllocated,
  believedLeasesFit,
  workFits,
  believedLeasesAreKept,
  fencesRise,
  onlyTheRequesterActs,
  grantsAreDurable,
  requestsAreDurable,
  wholeLedgersAreTrusted,
  grantedGangsWereActive,
  gangsAreConfirmedWhole,
  denialsAreHeeded,
  theWithdrawnAreNotProposed,
  requestsWaitWhereOwnersAre,
  matchersFollowTheirCells,
  ownersHearThemselves,
  whatHasRoomIsProposed,
  ownersAreKnown,
  splitsAreReplacedByLaterOnes,
  fittingRequestsAreGranted,
  gangsAreWhole,
  unitsHaveOneLease,
  bothSidesAgree,
  deadRequestersHoldNothing,
  proposalsAreFew,
  repeatedRequestsAreOne,
  cellsBecomeWhole,
  splitsAreKnownAlike
]
