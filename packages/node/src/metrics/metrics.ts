import type { Counter as CounterPort, Histogram as HistogramPort, Metrics } from '@cloudpeer/core'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Core's metrics port, and the text that Prometheus reads. */
export interface PrometheusMetrics extends Metrics {
  /** All series in Prometheus' text format. */
  text(): Promise<string>
  readonly contentType: string
}

/** Upper bounds of the histogram buckets, by the unit at the end of a name. */
const buckets: Readonly<Record<string, readonly number[]>> = {
  ms: [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000],
  bytes: [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576]
}
const plainBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

/** Metrics over one prom-client registry, so that several nodes in a process stay apart. */
export function createPrometheusMetrics(): PrometheusMetrics {
  const registry = new Registry()
  function once<T>(name: string, create: () => T): T {
    return (registry.getSingleMetric(name) as T | undefined) ?? create()
  }
  return {
    counter(name, help, labelNames = []) {
      const counter = once(name, () => new Counter({ name, help, labelNames: [...labelNames], registers: [registry] }))
      return familyOf(counter)
    },
    histogram(name, help, labelNames = []) {
      const bounds = [...(buckets[name.slice(name.lastIndexOf('_') + 1)] ?? plainBuckets)]
      const histogram = once(name, () => new Histogram({ name, help, labelNames: [...labelNames], buckets: bounds, registers: [registry] }))
      return distributionOf(histogram)
    },
    gauge(name, help, read) {
      once(
        name,
        () =>
          new Gauge({
            name,
            help,
            registers: [registry],
            collect() {
              this.set(read())
            }
          })
      )
    },
    text: () => registry.metrics(),
    contentType: registry.contentType
  }
}

function familyOf(counter: Counter): CounterPort {
  return {
    add: (amount = 1) => counter.inc(amount),
    with(labels) {
      const series = counter.labels(labels)
      return { add: (amount = 1) => series.inc(amount), with: (more) => familyOf(counter).with({ ...labels, ...more }) }
    }
  }
}

function distributionOf(histogram: Histogram): HistogramPort {
  return {
    observe: (value) => histogram.observe(value),
    with(labels) {
      const series = histogram.labels(labels)
      return { observe: (value) => series.observe(value), with: (more) => distributionOf(histogram).with({ ...labels, ...more }) }
    }
  }
}
