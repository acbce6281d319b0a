import { pick, type Random, sample } from '@cloudpeer/core'

/** An expression and what it means, made together and evaluated independently. */
export interface RandomQuery {
  readonly expression: string
  holds(attributes: Attributes): boolean
}

type Attributes = Readonly<Record<string, string | number>>

const numbers = ['vcpus', 'memory_mib', 'coremark', 'clock_mhz', 'gpus'] as const
const texts = ['instance_type', 'family', 'arch', 'cpu_vendor', 'gpu_model', 'location'] as const
const operators = ['==', '!=', '<', '<=', '>', '>='] as const

/** A random expression of up to `depth` nested operators over values that occur in `services`. */
export function randomQuery(random: Random, services: readonly { readonly attributes: Attributes }[], depth: number): RandomQuery {
  if (depth === 0 || random.next() < 0.2) return randomComparison(random, services)
  const left = randomQuery(random, services, depth - 1)
  if (random.next() < 0.2) return { expression: `!(${left.expression})`, holds: (a) => !left.holds(a) }
  const right = randomQuery(random, services, depth - 1)
  return random.next() < 0.6
    ? { expression: `(${left.expression}) && (${right.expression})`, holds: (a) => left.holds(a) && right.holds(a) }
    : { expression: `(${left.expression}) || (${right.expression})`, holds: (a) => left.holds(a) || right.holds(a) }
}

function randomComparison(random: Random, services: readonly { readonly attributes: Attributes }[]): RandomQuery {
  if (random.next() < 0.4) return numberComparison(random, services)
  const name = pick(random, texts)
  const value = String(pick(random, services).attributes[name] ?? 'none')
  const kind = random.integer(5)
  if (kind === 0) return { expression: `has(${name})`, holds: (a) => a[name] !== undefined }
  if (kind === 1) {
    const values = sample(random, services, 3).map(({ attributes }) => String(attributes[name] ?? 'none'))
    return { expression: `${name} in ${JSON.stringify(values)}`, holds: (a) => values.includes(String(a[name])) }
  }
  if (kind === 2) {
    const prefix = value.slice(0, 2)
    return { expression: `${name}.startsWith(${JSON.stringify(prefix)})`, holds: (a) => String(a[name] ?? '').startsWith(prefix) }
  }
  if (kind === 3) return { expression: `${name} != ${JSON.stringify(value)}`, holds: (a) => a[name] !== undefined && a[name] !== value }
  return { expression: `${name} == ${JSON.stringify(value)}`, holds: (a) => a[name] === value }
}

function numberComparison(random: Random, services: readonly { readonly attributes: Attributes }[]): RandomQuery {
  const name = pick(random, numbers)
  const operator = pick(random, operators)
  const value = Number(pick(random, services).attributes[name] ?? 0)
  const compared = (actual: number): boolean => {
    if (operator === '==') return actual === value
    if (operator === '!=') return actual !== value
    if (operator === '<') return actual < value
    if (operator === '<=') return actual <= value
    return operator === '>' ? actual > value : actual >= value
  }
  return { expression: `${name} ${operator} ${value}`, holds: (a) => a[name] !== undefined && compared(Number(a[name])) }
}
