import { pick, type Random, sample } from '@cloudpeer/core'

/** A description as a user would write it: plain values, or lists where there are several. */
export interface PlainDescription {
  readonly name: string
  readonly attributes: Readonly<Record<string, PlainValue | readonly PlainValue[]>>
}

/** A value of an attribute. */
export type PlainValue = string | number | boolean

/** The schema of the generated services: every type, indexed and not, static and dynamic. */
export const workloadSchema = {
  version: 1,
  attributes: {
    kind: { type: 'string', indexed: true },
    region: { type: 'string', indexed: true },
    cores: { type: 'int', indexed: true },
    load: { type: 'double', class: 'dynamic', indexed: true },
    port: { type: 'int' },
    price: { type: 'double' },
    managed: { type: 'boolean' }
  }
}

const kinds = ['database', 'cache', 'web', 'web-proxy', 'queue', 'batch', 'game server'] as const
const regions = ['eu-central', 'eu-west', 'us-east', 'us-west', 'ap-south', 'ap-east'] as const
const colours = ['red', 'green', 'blue', 'blue-green'] as const

/** Makes services of which a third lacks some attributes and a third has several values of some. */
export function createRecordGenerator(random: Random): (name: string) => PlainDescription {
  const candidates: Readonly<Record<string, () => PlainValue>> = {
    kind: () => pick(random, kinds),
    region: () => pick(random, regions),
    cores: () => 2 ** random.integer(7),
    load: () => Math.round(random.next() * 1000) / 10,
    port: () => 1024 + random.integer(64),
    price: () => Math.round(random.next() ** 2 * 10_000) / 100,
    managed: () => random.next() < 0.5,
    colour: () => pick(random, colours)
  }
  const names = Object.keys(candidates)
  return (name) => {
    const share = random.next() < 1 / 3 ? 0.5 : 0.95
    const several = random.next() < 1 / 3
    const present = names.filter(() => random.next() < share)
    const multiple = new Set(several ? sample(random, present, 2) : [])
    const attributes: Record<string, PlainValue | readonly PlainValue[]> = {}
    for (const attribute of present) {
      const value = candidates[attribute] as () => PlainValue
      attributes[attribute] = multiple.has(attribute) ? Array.from({ length: 2 + random.integer(3) }, value) : value()
    }
    return { name, attributes }
  }
}
