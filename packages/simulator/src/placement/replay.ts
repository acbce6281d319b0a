import type { Job } from './job.ts'
import type { Cluster, Placed } from './strategy.ts'

/** What became of a job. */
export interface JobOutcome {
  readonly job: Job
  /** Absent if it still waited in the end. */
  readonly placed?: Placed
}

/** Hands over jobs as they arrive, by ascending arrival, and tells what became of each until `untilMs`, counted from the first. */
export async function replay(
  cluster: Cluster,
  jobs: readonly Job[],
  untilMs: number,
  report: (share: number) => void
): Promise<readonly JobOutcome[]> {
  const { time } = cluster
  const startMs = time.now
  const placements = new Map<Job, Placed>()
  const failures: unknown[] = []
  for (const [index, job] of jobs.entries()) {
    await time.runUntil(startMs + job.arrivesMs)
    report(index / jobs.length)
    cluster.place(job).then(
      (placed) => placements.set(job, placed),
      (error) => failures.push(error)
    )
    if (failures.length > 0) throw failures[0]
  }
  await time.runUntil(startMs + untilMs)
  if (failures.length > 0) throw failures[0]
  return jobs.map((job) => {
    const placed = placements.get(job)
    return placed === undefined ? { job } : { job, placed }
  })
}
