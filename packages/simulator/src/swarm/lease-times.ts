import { provisioningDefaults } from '@cloudpeer/provisioning'
import { mayLackUnnoticed } from '../checkers/provisioning/unnoticed.ts'
import { derivedRandom } from '../cloud/derived-random.ts'
import type { Machine } from '../cloud/machine.ts'
import type { Scenario } from './scenario.ts'

/**
 * How long leases of each machine last from each of its starts on, in ms: an operator may change it whenever the process does not run. Not to
 * less than before where the disk has lost what it had, for nothing there tells how long leases lasted then.
 */
export function createLeaseTimes(
  { seed, provisioning }: Pick<Scenario, 'seed' | 'provisioning'>,
  leastMs: number
): (machine: Machine, start: number) => number {
  const mostMs = provisioning?.leaseMs ?? provisioningDefaults.leaseMs
  const longest = new Map<Machine, number>()

  return (machine, start) => {
    const random = derivedRandom(seed, `lease time ${start} of machine ${machine.number}`)
    const drawnMs = Math.round(leastMs + random.next() ** 2 * Math.max(0, mostMs - leastMs))
    const beforeMs = longest.get(machine) ?? 0
    longest.set(machine, Math.max(beforeMs, drawnMs))
    const hasLost = machine.disk.effects.has('erased') || mayLackUnnoticed(machine)
    return hasLost ? Math.max(beforeMs, drawnMs) : drawnMs
  }
}
