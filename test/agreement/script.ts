import { type Random, sample, seededRandom } from '@cloudpeer/core'
import { createQueryGenerator, createRecordGenerator } from '@cloudpeer/simulator'

/** A service as it is registered. */
export type PlainService = ReturnType<ReturnType<typeof createRecordGenerator>>

/** What is done to a network, or asked of it. Nodes go by number; one that is started again has its former disk. */
export type Step =
  /** All at once, each joining through any of `through`. */
  | { readonly kind: 'start'; readonly nodes: readonly number[]; readonly through: readonly number[] }
  | { readonly kind: 'register'; readonly node: number; readonly services: readonly PlainService[] }
  | { readonly kind: 'remove'; readonly node: number; readonly name: string }
  /** Without a goodbye. */
  | { readonly kind: 'kill'; readonly nodes: readonly number[] }
  /** For a while: the node announces that it is away. */
  | { readonly kind: 'stop'; readonly node: number }
  /** For ever: the node hands over what it holds. */
  | { readonly kind: 'leave'; readonly node: number }
  /** Waits until the network has come to rest. */
  | { readonly kind: 'settle' }
  | { readonly kind: 'query'; readonly node: number; readonly expression: string; readonly finds: readonly OwnedName[] }

/** A service's name, unique for the node that owns it. */
export interface OwnedName {
  readonly node: number
  readonly name: string
}

/** The nodes that run when the script is over. */
export const finalNodes: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 15, 16]

const servicesPerNode = 6
const queriesPerRound = 8

/** Sixteen nodes that come, publish and change services, die, come back, join, rest and leave; queries know what they must find. */
export function createScript(seed: number): readonly Step[] {
  const random = seededRandom(seed)
  const generate = createRecordGenerator(random)
  const services = new Map<number, Map<string, PlainService>>()
  const steps: Step[] = []

  function register(node: number, names: readonly string[]): void {
    const described = names.map(generate)
    const own = services.get(node) ?? new Map<string, PlainService>()
    services.set(node, own)
    for (const service of described) own.set(service.name, service)
    steps.push({ kind: 'register', node, services: described })
  }

  function remove(node: number, name: string): void {
    services.get(node)?.delete(name)
    steps.push({ kind: 'remove', node, name })
  }

  function query(nodes: readonly number[]): void {
    const present = nodes.flatMap((node) => [...(services.get(node)?.values() ?? [])].map((service) => ({ node, service })))
    steps.push({ kind: 'settle' }, ...queriesOver(random, nodes, present))
  }

  steps.push(
    { kind: 'start', nodes: [0], through: [] },
    { kind: 'start', nodes: [1, 2, 3], through: [0] },
    { kind: 'start', nodes: [4, 5, 6, 7], through: [1, 2] },
    { kind: 'start', nodes: [8, 9, 10, 11], through: [3] },
    { kind: 'start', nodes: [12, 13, 14, 15], through: [8, 2] },
    { kind: 'settle' }
  )
  for (const node of range(0, 15)) register(node, namesOf(node))
  query(range(0, 15))
  register(2, ['service-2-0', 'service-2-1', 'service-2-new'])
  remove(4, 'service-4-3')
  register(9, ['service-9-5'])
  remove(9, 'service-9-0')
  query(range(0, 15))
  steps.push({ kind: 'kill', nodes: [3, 7] })
  query(range(0, 15).filter((node) => node !== 3 && node !== 7))
  steps.push({ kind: 'start', nodes: [3, 16], through: [5, 0] }, { kind: 'settle' })
  register(16, namesOf(16))
  register(3, ['service-3-1'])
  steps.push({ kind: 'settle' }, { kind: 'leave', node: 11 }, { kind: 'stop', node: 13 })
  query(finalNodes)
  return steps
}

function queriesOver(
  random: Random,
  nodes: readonly number[],
  present: readonly { readonly node: number; readonly service: PlainService }[]
): Step[] {
  const next = createQueryGenerator(
    random,
    present.map(({ service }) => service)
  )
  return sample(random, nodes, queriesPerRound).map((node) => {
    const { expression, matches } = next()
    const finds = present.filter(({ service }) => matches(service)).map((found) => ({ node: found.node, name: found.service.name }))
    return { kind: 'query', node, expression, finds }
  })
}

function namesOf(node: number): readonly string[] {
  return Array.from({ length: servicesPerNode }, (_, index) => `service-${node}-${index}`)
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
