import type { Metrics } from '@cloudpeer/core'

/** What the process as a whole uses, under Prometheus' usual names. */
export function observeProcess(metrics: Metrics): void {
  metrics.gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss())
  metrics.gauge('process_cpu_seconds_total', 'Processor time used, user and system', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
}
