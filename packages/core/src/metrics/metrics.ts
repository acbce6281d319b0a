/** Label values of one series, in any order. */
export type Labels = Readonly<Record<string, string>>

/** A number that only grows. */
export interface Counter {
  add(amount?: number, labels?: Labels): void
}

/** A distribution of durations or sizes. */
export interface Histogram {
  observe(value: number, labels?: Labels): void
}

/** What is measured. Names are `cloudpeer_<feature>_<thing>_<unit>`; asking twice for a name gives the same series. */
export interface Metrics {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter
  histogram(name: string, help: string, labelNames?: readonly string[]): Histogram
  /** A value that is read when somebody looks. */
  gauge(name: string, help: string, read: () => number): void
}

/** Counts in memory what the simulator, tests and the API read back. */
export interface MemoryMetrics extends Metrics {
  /** The sum of a counter over all series whose labels include `labels`. */
  sum(name: string, labels?: Labels): number
}

/** Metrics that stay in memory; histograms keep only their count. */
export function createMemoryMetrics(): MemoryMetrics {
  const series = new Map<string, Map<string, { labels: Labels; value: number }>>()
  function add(name: string, amount: number, labels: Labels): void {
    const key = Object.entries(labels).flat().join('\u0000')
    const rows = series.get(name) ?? new Map<string, { labels: Labels; value: number }>()
    series.set(name, rows)
    const row = rows.get(key) ?? { labels, value: 0 }
    rows.set(key, row)
    row.value += amount
  }
  return {
    counter: (name) => ({ add: (amount = 1, labels = {}) => add(name, amount, labels) }),
    histogram: (name) => ({ observe: (_value, labels = {}) => add(`${name}_count`, 1, labels) }),
    gauge() {},
    sum(name, labels = {}) {
      let total = 0
      for (const row of series.get(name)?.values() ?? []) {
        if (Object.entries(labels).every(([label, value]) => row.labels[label] === value)) total += row.value
      }
      return total
    }
  }
}
