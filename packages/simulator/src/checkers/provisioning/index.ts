import type { Checker } from '../checker.ts'
import { onlyTheRequesterActs } from './acts.ts'
import { deadRequestersHoldNothing } from './dead-requesters.ts'
import { grantsAreDurable } from './durable-grants.ts'
import { fencesRise } from './fences.ts'
import { gangsAreWhole, grantedGangsWereActive, unitsHaveOneLease } from './gangs.ts'
import { fittingRequestsAreGranted } from './open-requests.ts'
import { believedLeasesFit, noOwnerIsOverAllocated, workFits } from './over-allocation.ts'
import { proposalsAreFew } from './proposals.ts'
import { bothSidesAgree } from './two-sides.ts'

/** What must hold of capacity, requests and leases. */
export const provisioningCheckers: readonly Checker[] = [
  noOwnerIsOverAllocated,
  believedLeasesFit,
  workFits,
  fencesRise,
  onlyTheRequesterActs,
  grantsAreDurable,
  grantedGangsWereActive,
  fittingRequestsAreGranted,
  gangsAreWhole,
  unitsHaveOneLease,
  bothSidesAgree,
  deadRequestersHoldNothing,
  proposalsAreFew
]
