import type { PeerId } from '@cloudpeer/core'
import type { Lease } from '@cloudpeer/provisioning'
import type { Checker } from '../checker.ts'
import { leaseName, unitName } from './lease-fields.ts'

type Fence = Lease['fence']

/** I4: an owner's fence is of one lease only, and what it grants after a start has higher fences than all that it told of before. */
export const fencesRise: Checker = {
  name: 'anytime_fences_rise',
  watch({ cloud, grants }) {
    const problems: string[] = []
    const units = new Map<string, string>()
    const highest = new Map<PeerId, Fence>()
    const started = new Map<PeerId, { readonly epoch: number; readonly after: Fence | undefined }>()
    cloud.onNode(({ peer, epoch }) => started.set(peer, { epoch, after: highest.get(peer) }))
    grants.onTold(({ lease, isNew }) => {
      const { owner, fence } = lease
      const name = leaseName(lease)
      const unit = unitName(lease)
      if ((units.get(name) ?? unit) !== unit) problems.push(`${name} is of ${units.get(name)} and of ${unit}`)
      units.set(name, unit)
      const { epoch = 0, after } = started.get(owner) ?? {}
      // One of an earlier start that nobody had been told of may still be told.
      if (isNew && fence.epoch >= epoch && after !== undefined && !isHigher(fence, after))
        problems.push(`${name} was granted after a start before which ${after.epoch}.${after.seq} was`)
      const known = highest.get(owner)
      if (known === undefined || isHigher(fence, known)) highest.set(owner, fence)
    })
    return () => problems.splice(0)
  }
}

function isHigher(a: Fence, b: Fence): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq)
}
