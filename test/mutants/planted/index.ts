import type { PlantedBug } from '../mutant.ts'
import { overlayBugs } from './overlay.ts'
import { provisioningBugs } from './provisioning.ts'
import { publisherBugs } from './publisher.ts'
import { queryBugs } from './query.ts'
import { reconcileBugs } from './reconcile.ts'
import { replicaBugs } from './replica.ts'
import { transportBugs } from './transport.ts'

/** Every planted bug. */
export const plantedBugs: readonly PlantedBug[] = [
  ...overlayBugs,
  ...publisherBugs,
  ...replicaBugs,
  ...reconcileBugs,
  ...queryBugs,
  ...transportBugs,
  ...provisioningBugs
]
