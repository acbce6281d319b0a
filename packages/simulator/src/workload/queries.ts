import { pick, present, type Random, sample } from '@cloudpeer/core'
import type { PlainDescription, PlainValue } from './records.ts'

/** A query with its meaning, written down twice: as an expression, and as a plain filter that shares no code with it. */
export interface GeneratedQuery {
  readonly expression: string
  readonly matches: (service: PlainDescription) => boolean
  /** The attributes that it mentions. */
  readonly attributes: readonly string[]
  /** Whether it has an `||`, and a `!`. */
  readonly hasOr: boolean
  readonly hasNot: boolean
}

/** What queries are made of. */
interface Vocabulary {
  readonly services: readonly PlainDescription[]
  /** The distinct values of each attribute, in order of appearance. */
  readonly values: ReadonlyMap<string, readonly PlainValue[]>
  readonly attributes: readonly string[]
}

interface Condition {
  readonly text: string
  readonly test: (service: PlainDescription) => boolean
  readonly attributes: readonly string[]
  readonly hasOr: boolean
  readonly hasNot: boolean
}

/** Share of the queries that get an `||`, and of those that get a `!`. */
const orShare = 0.5
const notShare = 0.4
/** Expressions tried for one that matches between 1 and 50 % of the services. */
const triesMax = 12

/** Makes queries over given services, most of which match between 1 and 50 % of them. */
export function createQueryGenerator(random: Random, services: readonly PlainDescription[]): () => GeneratedQuery {
  return generatorOver(vocabularyOf(services), random)
}

/** Makes such queries over the same services, each with chance of its own. */
export function createQueryMaker(services: readonly PlainDescription[]): (random: Random) => GeneratedQuery {
  const vocabulary = vocabularyOf(services)
  return (random) => generatorOver(vocabulary, random)()
}

function generatorOver({ services, values, attributes }: Vocabulary, random: Random): () => GeneratedQuery {
  function generate(): GeneratedQuery {
    const wantsOr = random.next() < orShare
    const wantsNot = random.next() < notShare
    const atoms = Array.from({ length: 1 + random.integer(wantsOr || wantsNot ? 3 : 2) }, () => atom())
    const negated = wantsNot ? [not(atom()), ...atoms.slice(1)] : atoms
    const alternatives = Array.from({ length: wantsOr ? 1 + random.integer(2) : 0 }, () =>
      all([atom(), ...(random.next() < 0.5 ? [atom()] : [])])
    )
    const condition = alternatives.reduce(either, all(negated))
    const { text, test, ...kind } = condition
    return { expression: text, matches: test, ...kind }
  }

  function atom(): Condition {
    const attribute = pick(random, attributes)
    const candidates = present(values.get(attribute), 'an attribute without values')
    const value = pick(random, candidates)
    switch (typeof value) {
      case 'number':
        return numberAtom(attribute, value, candidates)
      case 'string':
        return textAtom(attribute, value, candidates)
      default:
        return random.next() < 0.5 ? some(attribute, `${attribute} == ${value}`, (other) => other === value) : has(attribute)
    }
  }

  function numberAtom(attribute: string, value: number, candidates: readonly PlainValue[]): Condition {
    switch (random.integer(7)) {
      case 0:
        return some(attribute, `${attribute} < ${value}`, (other) => Number(other) < value)
      case 1:
        return some(attribute, `${attribute} <= ${value}`, (other) => Number(other) <= value)
      case 2:
        return some(attribute, `${value} < ${attribute}`, (other) => Number(other) > value)
      case 3:
        return some(attribute, `${attribute} >= ${value}`, (other) => Number(other) >= value)
      case 4:
        return some(attribute, `${attribute} != ${value}`, (other) => other !== value)
      case 5:
        return between(attribute, candidates)
      default:
        return among(attribute, candidates)
    }
  }

  function textAtom(attribute: string, value: string, candidates: readonly PlainValue[]): Condition {
    const prefix = value.slice(0, 1 + random.integer(3))
    switch (random.integer(5)) {
      case 0:
        return some(attribute, `${attribute} == ${JSON.stringify(value)}`, (other) => other === value)
      case 1:
        return some(attribute, `${attribute}.startsWith(${JSON.stringify(prefix)})`, (other) => String(other).startsWith(prefix))
      case 2:
        return has(attribute)
      case 3:
        return some(attribute, `${attribute} != ${JSON.stringify(value)}`, (other) => other !== value)
      default:
        return among(attribute, candidates)
    }
  }

  function between(attribute: string, candidates: readonly PlainValue[]): Condition {
    const [low, high] = [Number(pick(random, candidates)), Number(pick(random, candidates))].sort((a, b) => a - b) as [number, number]
    return all([
      some(attribute, `${attribute} >= ${low}`, (other) => Number(other) >= low),
      some(attribute, `${attribute} <= ${high}`, (other) => Number(other) <= high)
    ])
  }

  function among(attribute: string, candidates: readonly PlainValue[]): Condition {
    const chosen = sample(random, candidates, 1 + random.integer(3))
    return some(attribute, `${attribute} in ${JSON.stringify(chosen)}`, (other) => chosen.includes(other))
  }

  function isSelective(query: GeneratedQuery): boolean {
    const share = services.filter(query.matches).length / services.length
    return share >= 0.01 && share <= 0.5
  }

  return () => {
    for (let tries = 1; ; tries++) {
      const query = generate()
      if (tries === triesMax || isSelective(query)) return query
    }
  }
}

function some(attribute: string, text: string, holds: (value: PlainValue) => boolean): Condition {
  return { text, test: (service) => valuesIn(service, attribute).some(holds), attributes: [attribute], hasOr: false, hasNot: false }
}

function has(attribute: string): Condition {
  return some(attribute, `has(${attribute})`, () => true)
}

function not(condition: Condition): Condition {
  return { ...condition, text: `!(${condition.text})`, test: (service) => !condition.test(service), hasNot: true }
}

function all(conditions: readonly Condition[]): Condition {
  return joined(conditions, ' && ', (service) => conditions.every(({ test }) => test(service)))
}

function either(a: Condition, b: Condition): Condition {
  return { ...joined([a, b], ' || ', (service) => a.test(service) || b.test(service)), hasOr: true }
}

function joined(conditions: readonly Condition[], operator: string, test: Condition['test']): Condition {
  const text = conditions.length === 1 ? (conditions[0]?.text ?? '') : conditions.map((condition) => `(${condition.text})`).join(operator)
  const attributes = [...new Set(conditions.flatMap((condition) => condition.attributes))]
  return { text, test, attributes, hasOr: conditions.some(({ hasOr }) => hasOr), hasNot: conditions.some(({ hasNot }) => hasNot) }
}

function valuesIn({ attributes }: PlainDescription, attribute: string): readonly PlainValue[] {
  const value = attributes[attribute]
  return value === undefined ? [] : Array.isArray(value) ? (value as readonly PlainValue[]) : [value as PlainValue]
}

function vocabularyOf(services: readonly PlainDescription[]): Vocabulary {
  const sets = new Map<string, Set<PlainValue>>()
  for (const service of services) {
    for (const attribute of Object.keys(service.attributes)) {
      const set = sets.get(attribute) ?? new Set()
      sets.set(attribute, set)
      for (const value of valuesIn(service, attribute)) set.add(value)
    }
  }
  return { services, values: new Map([...sets].map(([attribute, set]) => [attribute, [...set]])), attributes: [...sets.keys()].sort() }
}
