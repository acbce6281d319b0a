import { CloudError } from '@cloudpeer/core'
import { attempts } from './attempts.ts'
import { cost } from './cost.ts'
import type { Experiment } from './experiment.ts'
import { gangs } from './gangs.ts'
import { placement } from './placement.ts'
import { queryLoad } from './query-load.ts'
import { registrationLoad } from './registration-load.ts'

/** All experiments. */
export const experiments: readonly Experiment[] = [registrationLoad, queryLoad, cost, placement, gangs, attempts]

/** The experiment of a name. INVALID, naming those that there are. */
export function experimentNamed(name: string): Experiment {
  const found = experiments.find((experiment) => experiment.name === name)
  if (found !== undefined) return found
  const names = experiments.map((experiment) => experiment.name).join(', ')
  throw new CloudError('INVALID', { field: 'experiment', problem: `there is no ${JSON.stringify(name.slice(0, 64))}; there are ${names}` })
}
