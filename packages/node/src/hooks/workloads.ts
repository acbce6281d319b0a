import type { Clock, Log } from '@cloudpeer/core'
import { type Lease, leaseId, type Workloads } from '@cloudpeer/provisioning'
import { type Command, startCommand } from './command.ts'

/** Workloads that are processes of this machine. */
export interface ProcessWorkloads extends Workloads {
  /** Ends them all: the node stops. */
  close(): Promise<void>
}

/** How long the process of a lease that has ended may take to end, in ms. */
export const leaseGraceMs = 5000
/** The same when the node stops, which itself has 5 s. */
const closeGraceMs = 2000

/**
 * One process of `command` for each active lease. It is told the lease, as JSON, in CLOUDPEER_LEASE and on its standard input, which
 * closes when the process is to end, and when this one does. A process that ends by itself is not started again before the node is.
 */
export function createWorkloads(command: string, { clock, log }: { readonly clock: Clock; readonly log: Log }): ProcessWorkloads {
  const running = new Map<string, Command>()
  const start = (lease: Lease): void => {
    const id = leaseId(lease)
    if (running.has(id)) return
    const line = JSON.stringify({ id, ...lease })
    const started = startCommand({ command, variables: { CLOUDPEER_LEASE: line }, line, keepInput: true }, clock)
    running.set(id, started)
    log.info('a workload was started', { lease: id, pid: started.pid ?? 0 })
    void started.ended.then((how) => log.info('a workload has ended', { lease: id, how }))
  }
  const end = async (id: string, graceMs: number): Promise<void> => {
    await running.get(id)?.end(graceMs)
    running.delete(id)
  }
  return {
    start,
    stop: (lease) => end(leaseId(lease), leaseGraceMs),
    async close() {
      await Promise.all([...running.keys()].map((id) => end(id, closeGraceMs)))
    }
  }
}
