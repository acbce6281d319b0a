import type { CatalogueService } from './catalogue/catalogue.ts'

/** A question of the tour, and the same question as a plain predicate, written independently. */
export interface TourQuery {
  /** What it shows. */
  readonly title: string
  readonly expression: string
  /** The only rows wanted: the first `limit` in this order. */
  readonly best?: { readonly attribute: string; readonly limit: number }
  holds(attributes: CatalogueService['attributes']): boolean
}

const text = (value: string | number | undefined): string => String(value ?? '')
const number = (value: string | number | undefined): number => Number(value ?? Number.NaN)

/** Queries of every kind over the catalogue. */
export const tour: readonly TourQuery[] = [
  {
    title: 'one value',
    expression: 'instance_type == "c5.large"',
    holds: (a) => a.instance_type === 'c5.large'
  },
  {
    title: 'several ranges at once',
    expression: 'location == "tokyo" && vcpus >= 16 && vcpus <= 32 && memory_mib > 120000 && clock_mhz >= 3000',
    holds: (a) =>
      a.location === 'tokyo' &&
      number(a.vcpus) >= 16 &&
      number(a.vcpus) <= 32 &&
      number(a.memory_mib) > 120_000 &&
      number(a.clock_mhz) >= 3000
  },
  {
    title: 'one of several values',
    expression: 'gpu_model in ["NVIDIA L4", "Tesla T4"] && location == "frankfurt"',
    holds: (a) => ['NVIDIA L4', 'Tesla T4'].includes(text(a.gpu_model)) && a.location === 'frankfurt'
  },
  {
    title: 'either of two conditions',
    expression: 'location == "dallas" && vcpus >= 384 || location == "tokyo" && gpus >= 8',
    holds: (a) => (a.location === 'dallas' && number(a.vcpus) >= 384) || (a.location === 'tokyo' && number(a.gpus) >= 8)
  },
  {
    title: 'a negation, true also where nothing is said',
    expression: '!(cpu_vendor == "GenuineIntel") && memory_mib > 700000',
    holds: (a) => a.cpu_vendor !== 'GenuineIntel' && number(a.memory_mib) > 700_000
  },
  {
    title: 'a prefix',
    expression: 'instance_type.startsWith("m7g.") && location == "tokyo"',
    holds: (a) => text(a.instance_type).startsWith('m7g.') && a.location === 'tokyo'
  },
  {
    title: 'presence of an attribute',
    expression: 'has(gpu_model) && vcpus <= 4',
    holds: (a) => a.gpu_model !== undefined && number(a.vcpus) <= 4
  },
  {
    title: 'the best five',
    expression: 'location == "frankfurt" && arch == "arm64" && vcpus <= 64',
    best: { attribute: 'coremark', limit: 5 },
    holds: (a) => a.location === 'frankfurt' && a.arch === 'arm64' && number(a.vcpus) <= 64
  }
]
