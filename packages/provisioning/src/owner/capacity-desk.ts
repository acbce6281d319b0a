import { CloudError, isCloudError } from '@cloudpeer/core'
import type { Ledger } from '../ledger/ledger.ts'
import type { CapacityStatus, OwnedCapacity } from '../provisioning.ts'
import { checkedCapacity } from './owned-capacity.ts'
import { ownerState } from './owner-state.ts'

/** What answering the operator needs. */
export interface CapacityDeskParts {
  readonly ledger: Ledger
  /** The text of the base cell of an offer. INVALID for several values of a dimension. */
  readonly locate: (owned: OwnedCapacity) => string
  /** What is offered where the ledger does not say. */
  readonly configured: OwnedCapacity | undefined
  readonly quarantineMs: () => number
  /** Told when something else is offered. */
  readonly onChange: () => void
}

/** What the operator asks of an owner, and tells it. */
export interface CapacityDesk {
  /** The base cell of what is offered; undefined while nothing is, or it has no place in the cells. */
  cell(): string | undefined
  status(): CapacityStatus
  /** INVALID, CAPACITY_IN_USE, LEDGER_READ_ONLY. */
  set(capacity: OwnedCapacity): Promise<CapacityStatus>
  /** NO_CAPACITY, LEDGER_READ_ONLY. */
  setDraining(draining: boolean): Promise<CapacityStatus>
  /** What is configured counts until somebody sets something else. */
  offerConfigured(): Promise<void>
}

/** The operator's desk of one owner. */
export function createCapacityDesk({ ledger, locate, configured, quarantineMs, onChange }: CapacityDeskParts): CapacityDesk {
  const { book } = ledger

  function cell(): string | undefined {
    try {
      return book.capacity && locate(book.capacity)
    } catch (error) {
      // A later schema may have made a dimension of an attribute that has several values here.
      if (isCloudError(error, 'INVALID')) return undefined
      throw error
    }
  }

  function status(): CapacityStatus {
    const states = [...book.entries()].map(({ state, recalledAt }) => (state === 'active' && recalledAt !== undefined ? 'recalled' : state))
    const count = (wanted: (typeof states)[number]): number => states.filter((state) => state === wanted).length
    return {
      state: ownerState(ledger),
      total: book.total,
      free: book.free,
      attributes: book.capacity?.attributes ?? {},
      held: count('held'),
      active: count('active'),
      recalled: count('recalled'),
      ending: count('ending'),
      quarantineMs: quarantineMs(),
      cell: cell() ?? ''
    }
  }

  async function set(capacity: OwnedCapacity): Promise<CapacityStatus> {
    const owned = checkedCapacity(capacity)
    locate(owned)
    await ledger.setCapacity(owned)
    onChange()
    return status()
  }

  return {
    cell,
    status,
    set,
    async setDraining(draining) {
      if (book.capacity === undefined) throw new CloudError('NO_CAPACITY')
      await ledger.setDraining(draining)
      onChange()
      return status()
    },
    async offerConfigured() {
      if (configured === undefined || book.capacity !== undefined) return
      try {
        await set(configured)
      } catch (error) {
        // With a disk that fails the node is still of use, only not as an owner.
        if (!isCloudError(error, 'LEDGER_READ_ONLY')) throw error
      }
    }
  }
}
