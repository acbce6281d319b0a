import type { PeerId } from '@cloudpeer/core'
import type { Lease } from '@cloudpeer/provisioning'
import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { Checker } from '../checker.ts'
import { leaseName, unitName } from './lease-fields.ts'

type Fence = Lease['fence']

/**
 * I4: an owner's fence is of one lease only, and what it grants after a start has higher fences than all that it told of before. Where a disk was
 * put back to an image from before its owner's last start, and nobody else that runs has heard of that start, its fences may be given again; and
 * where it was lost and the wall clock, which starts are counted from then, was put back.
 */
export const fencesRise: Checker = {
  name: 'anytime_fences_rise',
  watch({ cloud, grants }) {
    const problems: string[] = []
    /** Leases by their names. */
    const told = new Map<string, Lease>()
    const started = new Map<PeerId, { readonly epoch: number; readonly after: Fence | undefined }>()

    function isForgotten({ peer, epoch, machine }: SimulatedNode): boolean {
      const seconds = Math.floor(cloud.network.clockOf(peer).wallTime() / 1_000)
      if (machine.disk.effects.has('erased') && epoch === Math.max(0, seconds) + 1) return true
      const others = cloud.nodes.filter((node) => node.peer !== peer)
      return machine.disk.effects.has('restored') && others.every(({ overlay }) => (overlay.member(peer)?.epoch ?? 0) < epoch)
    }

    function forget(peer: PeerId, sinceEpoch: number): void {
      for (const [name, { owner, fence }] of told) if (owner === peer && fence.epoch >= sinceEpoch) told.delete(name)
    }

    cloud.onNode((node) => {
      const { peer, epoch } = node
      if (isForgotten(node)) forget(peer, epoch)
      started.set(peer, { epoch, after: highest([...told.values()].filter(({ owner }) => owner === peer)) })
    })
    grants.onTold(({ lease, isNew }) => {
      const { owner, fence } = lease
      const name = leaseName(lease)
      const known = told.get(name) ?? lease
      if (unitName(known) !== unitName(lease)) problems.push(`${name} is of ${unitName(known)} and of ${unitName(lease)}`)
      told.set(name, lease)
      const { epoch = 0, after } = started.get(owner) ?? {}
      // One of an earlier start that nobody had been told of may still be told.
      if (isNew && fence.epoch >= epoch && after !== undefined && compare(fence, after) <= 0)
        problems.push(`${name} was granted after a start before which ${after.epoch}.${after.seq} was`)
    })
    return () => problems.splice(0)
  }
}

function highest(leases: readonly Lease[]): Fence | undefined {
  const fences = leases.map(({ fence }) => fence)
  return fences.sort(compare).at(-1)
}

/** Positive if `a` is the higher fence. */
function compare(a: Fence, b: Fence): number {
  return a.epoch - b.epoch || a.seq - b.seq
}
