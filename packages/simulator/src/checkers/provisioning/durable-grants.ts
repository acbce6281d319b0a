import type { Checker } from '../checker.ts'
import { leaseName } from './lease-fields.ts'
import { durableRow } from './ledger-on-disk.ts'

/** I13: a grant, and that a lease is active, is on the owner's disk to stay when it is told. */
export const grantsAreDurable: Checker = {
  name: 'anytime_grants_are_durable',
  watch({ cloud, grants }) {
    const problems: string[] = []
    grants.onTold(({ lease, by, isNew }) => {
      const machine = cloud.machineOf(lease.owner)
      if (machine === undefined || (by === 'grant' && !isNew)) return
      const row = durableRow(machine, lease.fence)
      if (row === undefined || (lease.state === 'active' && row.state !== 'active'))
        problems.push(`${leaseName(lease)} was told by ${by} as ${lease.state}, and is ${row?.state ?? 'not'} on the disk of its owner`)
    })
    return () => problems.splice(0)
  }
}
