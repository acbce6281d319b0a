import type { Location } from './catalogue/catalogue.ts'

/** What a node of the development network offers, as its configuration file says it. */
export interface DevCapacity {
  readonly cpu: number
  readonly memory: string
  readonly disk: string
  readonly attributes: Readonly<Record<string, string | number>>
}

/** The regions that stand for the locations in requests. */
const regions: Readonly<Record<Location, string>> = { frankfurt: 'europe', tokyo: 'japan', dallas: 'usa' }

/** What each node offers: little, since all of them share one machine, and none of them is really taken. */
export function devCapacity(location: Location): DevCapacity {
  return {
    cpu: 4,
    memory: '8GiB',
    disk: '50GiB',
    attributes: { service_type: 'general purpose', clock_mhz: 2300, region: regions[location] }
  }
}
