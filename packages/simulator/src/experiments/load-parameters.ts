import type { Capacity } from '../papers/capacity.ts'
import type { Deployment } from '../papers/scheme.ts'
import type { ChoiceParameter, NumberParameter, Parameter, Settings } from './parameters.ts'
import { schemes } from './schemes.ts'
import type { Popularity, Workload, WorkloadInit } from './workload.ts'

/** Parameters of every experiment. S1's own values are lost; these stand in for them. */
export const seedParameter: NumberParameter = {
  name: 'seed',
  about: 'decides everything that chance decides',
  default: 1,
  min: 0,
  max: 2 ** 31
}
/** How many nodes a network has. */
export const nodesParameter: NumberParameter = { name: 'nodes', about: 'nodes of the network', default: 100, min: 1, max: 1000 }

/** What services, queries and networks are like. */
export const workloadParameters: readonly Parameter[] = [
  { name: 'attributes', about: 'attributes that services can have', default: 50, min: 4, max: 99 },
  { name: 'values', about: 'values that an attribute can have', default: 20, min: 1, max: 99 },
  { name: 'per-service', about: 'attributes of a service, give or take one', default: 6, min: 2, max: 20 },
  { name: 'per-attribute', about: 'values of an attribute in a service, on average', default: 1.2, min: 1, max: 2, whole: false },
  { name: 'per-query', about: 'attributes of a query, give or take one', default: 3, min: 2, max: 10 },
  { name: 'one-way', about: 'time of a message on its way', unit: 'ms', default: 10, min: 1, max: 1000 },
  { name: 'indexed', about: "attributes that Cloudpeer's schema indexes, the most popular first", default: 5, min: 0, max: 50 },
  { name: 'replicas', about: "copies of Cloudpeer's shards", default: 5, min: 1, max: 9 },
  {
    name: 'counted',
    about: 'what a whole service under one attribute counts as: its pairs of this attribute, or all of its pairs',
    default: ['entry'],
    choices: ['entry', 'whole'],
    single: true
  },
  {
    name: 'hashed',
    about: 'what S1 hashes to a node: attribute, as it is written, or each pair',
    default: ['attribute'],
    choices: ['attribute', 'pair'],
    single: true
  }
]

/** Which workloads are run. */
export const popularityParameter: ChoiceParameter = {
  name: 'popularity',
  about: 'how often attributes occur: all alike, or by the law of Zipf with s = 1',
  default: ['uniform', 'zipf'],
  choices: ['uniform', 'zipf']
}

/** Which schemes are run, those named if none are chosen. */
export function schemesParameter(...names: readonly string[]): ChoiceParameter {
  return { name: 'schemes', about: 'which schemes are compared', default: names, choices: schemes.map(({ name }) => name) }
}

/** What the workload parameters say. */
export function workloadInit(settings: Settings, popularity: Popularity): WorkloadInit {
  return {
    attributes: settings.number('attributes'),
    values: settings.number('values'),
    perService: settings.number('per-service'),
    perAttribute: settings.number('per-attribute'),
    perQuery: settings.number('per-query'),
    popularity
  }
}

/** What a scheme is deployed with by these settings. */
export function deploymentOf(settings: Settings, nodes: number, capacity: Capacity, workload: Workload): Deployment {
  const counted = settings.words('counted').includes('whole') ? 'whole' : 'entry'
  return {
    nodes,
    seed: settings.number('seed'),
    capacity,
    oneWayMs: settings.number('one-way'),
    attributes: workload.attributes,
    hashed: settings.words('hashed').includes('pair') ? 'pair' : 'attribute',
    indexed: settings.number('indexed'),
    replicas: settings.number('replicas'),
    counted,
    pairsPerCopy: counted === 'whole' ? workload.pairsPerService : settings.number('per-attribute')
  }
}
