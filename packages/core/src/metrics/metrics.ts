/** Label values of one series, in any order. */
export type Labels = Readonly<Record<string, string>>

/** A number that only grows: one series, or the family of those that differ in their labels. */
export interface Counter {
  add(amount?: number): void
  /** The series with these labels. Keep it where it is counted often. */
  with(labels: Labels): Counter
}

/** A distribution of durations or sizes: one series, or the family of those that differ in their labels. */
export interface Histogram {
  observe(value: number): void
  /** The series with these labels. Keep it where it is observed often. */
  with(labels: Labels): Histogram
}

/** What is measured. Names are `cloudpeer_<feature>_<thing>_<unit>`; asking twice for a name gives the same series. */
export interface Metrics {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter
  histogram(name: string, help: string, labelNames?: readonly string[]): Histogram
  /** A value that is read when somebody looks. */
  gauge(name: string, help: string, read: () => number): void
}

/** Counts in memory what the simulator and tests read back. */
export interface MemoryMetrics extends Metrics {
  /** The sum of a counter over all series whose labels include `labels`. */
  sum(name: string, labels?: Labels): number
}

interface Series {
  readonly labels: Labels
  value: number
}

/** Metrics that stay in memory; histograms keep only their count, as `<name>_count`. */
export function createMemoryMetrics(): MemoryMetrics {
  const families = new Map<string, Map<string, Series>>()

  function seriesOf(name: string, labels: Labels): Series {
    const family = families.get(name) ?? new Map<string, Series>()
    families.set(name, family)
    const key = JSON.stringify(Object.entries(labels).sort())
    const series = family.get(key) ?? { labels, value: 0 }
    family.set(key, series)
    return series
  }

  function counter(name: string, labels: Labels = {}): Counter {
    const series = seriesOf(name, labels)
    return {
      add(amount = 1) {
        series.value += amount
      },
      with: (more) => counter(name, { ...labels, ...more })
    }
  }

  function histogram(counted: Counter): Histogram {
    return { observe: () => counted.add(), with: (labels) => histogram(counted.with(labels)) }
  }

  return {
    counter: (name) => counter(name),
    histogram: (name) => histogram(counter(`${name}_count`)),
    gauge() {},
    sum(name, labels = {}) {
      const wanted = Object.entries(labels)
      const matching = [...(families.get(name)?.values() ?? [])].filter((series) =>
        wanted.every(([label, value]) => series.labels[label] === value)
      )
      return matching.reduce((total, { value }) => total + value, 0)
    }
  }
}
