import { CloudError } from '@cloudpeer/core'
import type { CapacityStatus } from '../provisioning.ts'

/** Why an owner that would grant does not, until it starts again or time has passed: LEDGER_READ_ONLY, QUARANTINED. */
export function ownerProblems({ state, quarantineMs }: CapacityStatus): readonly CloudError[] {
  if (state === 'read-only') return [new CloudError('LEDGER_READ_ONLY')]
  return state === 'quarantined' ? [new CloudError('QUARANTINED', { seconds: Math.ceil(quarantineMs / 1_000) })] : []
}
