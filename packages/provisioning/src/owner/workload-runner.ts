import { type Clock, errorMessage, type Log, type Scope, sleep } from '@cloudpeer/core'
import { type Fence, type Lease, leaseId } from '../documents/lease.ts'
import type { BookEntry } from '../ledger/book-entry.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Workloads } from '../provisioning.ts'

/** How long stopping a lease's work may take before it is tried again, in ms. */
export const stopMsMax = 30_000

/** What runs the work under leases needs. */
export interface WorkloadParts {
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
  readonly ledger: Ledger
  readonly leaseOf: (entry: BookEntry) => Lease
  /** What starts and stops it; nothing if not given. */
  readonly workloads: Workloads | undefined
  /** Told when the capacity of a lease is free. */
  readonly onFree: () => void
}

/** Runs the work under the owner's leases: from when they are active until their capacity is free. */
export interface WorkloadRunner {
  /** A lease is active; starts its work once. */
  start(entry: BookEntry): void
  /** An active lease has ended: stops its work, and only then frees what it had. */
  end(entry: BookEntry): void
  /** Leases that were found in the ledger: the work of active ones starts again, that of ending ones may still run. */
  restore(entries: Iterable<BookEntry>): void
}

/** Binds the owner's leases to what does their work. */
export function createWorkloadRunner({ clock, log, scope, ledger, leaseOf, workloads, onFree }: WorkloadParts): WorkloadRunner {
  const running = new Set<number>()

  function start(entry: BookEntry): void {
    if (running.has(entry.fence.seq)) return
    running.add(entry.fence.seq)
    workloads?.start(leaseOf(entry))
  }

  function end(entry: BookEntry): void {
    const mayRun = running.delete(entry.fence.seq)
    if (workloads === undefined || !mayRun) free(entry.fence)
    else scope.spawn('stopping the work of a lease', (signal) => stopped(workloads, leaseOf(entry), signal).then(() => free(entry.fence)))
  }

  /** Until it has stopped, however often that has to be tried: giving the capacity away sooner would over-allocate the machine. */
  async function stopped(work: Workloads, lease: Lease, signal: AbortSignal): Promise<void> {
    while (!(await stopOnce(work, lease, signal)))
      log.error('the work of a lease does not stop: its capacity stays taken', { lease: leaseId(lease) })
  }

  /** Whether it has stopped; a failure is known no sooner than {@link stopMsMax}. */
  async function stopOnce(work: Workloads, lease: Lease, signal: AbortSignal): Promise<boolean> {
    const failed = sleep(clock, stopMsMax, signal).then(() => false)
    const done = work.stop(lease).then(
      () => true,
      (error: unknown) => {
        log.warn('stopping the work of a lease failed', { lease: leaseId(lease), problem: errorMessage(error) })
        return failed
      }
    )
    return Promise.race([done, failed])
  }

  function free(fence: Fence): void {
    ledger.finish(fence)
    onFree()
  }

  return {
    start,
    end,
    restore(entries) {
      for (const entry of [...entries]) {
        if (entry.state === 'active') start(entry)
        if (entry.state === 'ending') {
          running.add(entry.fence.seq)
          end(entry)
        }
      }
    }
  }
}
