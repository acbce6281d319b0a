import { CloudError, pick } from '@cloudpeer/core'
import type { Adversary, AdversaryGround } from '../adversary.ts'
import { keyOfReplica } from '../ground-keys.ts'
import type { Lie, Lies } from '../lying-transport.ts'
import { createRaid, type Raider } from '../raid.ts'
import { wire } from '../raw-protocol.ts'

/** Codes that mean something to the asker when it makes them itself. */
const ownCodes = ['CANCELLED', 'STOPPED', 'INVALID', 'TIMED_OUT', 'REFUSED', 'WRONG_NETWORK', 'INTERNAL', 'NO_SUCH_CODE']

/** A member that answers with errors that the asker might take for its own: that it was cancelled, stopped, or asked wrongly. */
export function createRefusingReplica(ground: AdversaryGround, codes: readonly string[] = ownCodes): Adversary {
  return createRaid(ground, { name: 'refusing replica', lies: (raider) => refusals(raider, codes), signer: keyOfReplica(ground) })
}

function refusals({ random, count }: Raider, codes: readonly string[]): Lies {
  const refuse: Lie = () => {
    const code = pick(random, codes)
    count(code)
    throw new CloudError(code, { field: 'expression', problem: 'because' })
  }
  const { read, newest, write, refresh, reconcile, copy, probe, probeFor, sync } = wire
  return Object.fromEntries([read, newest, write, refresh, reconcile, copy, probe, probeFor, sync].map((id) => [id, refuse]))
}
