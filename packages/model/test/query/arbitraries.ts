import { type AttributeValue, canonicalAttributes, parseSchema, type Subject } from '@cloudpeer/model'
import fc from 'fast-check'

/** A schema with an attribute of each type. */
export const schema = parseSchema({
  version: 1,
  attributes: { vcpus: { type: 'int' }, price: { type: 'double' }, location: { type: 'string' }, spot: { type: 'boolean' } }
})

const int = fc.integer({ min: -2, max: 3 })
const double = fc.constantFrom(-1.5, -1, 0, 0.5, 1, 2.5, 1e300)
const text = fc.constantFrom('', 'a', 'ab', 'b', 'ba', 'é', '"\\\n', '\u{d7ff}', '\u{1f600}', '\u{1f600}a', '\u{e000}', '\uffff')
const boolean = fc.boolean()
const anything: fc.Arbitrary<AttributeValue> = fc.oneof(double, text, boolean)

/** Attributes in the schema, and two outside it, with the values that their comparisons use. */
const valuesByReference: Readonly<Record<string, fc.Arbitrary<AttributeValue>>> = {
  vcpus: int,
  'attributes.vcpus': int,
  price: double,
  'attributes["price"]': double,
  location: text,
  spot: boolean,
  zeta: anything,
  'attributes.quux': anything,
  name: text,
  owner: text
}

/** Expressions of every form that the language has. */
export const expression: fc.Arbitrary<string> = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: fc.constantFrom(...Object.keys(valuesByReference)).chain(atomOn) },
    { weight: 1, arbitrary: fc.constantFrom('true', 'false') },
    { weight: 2, arbitrary: tie('condition').map((inner) => `!(${inner})`) },
    { weight: 6, arbitrary: joined('&&', tie('condition')) },
    { weight: 6, arbitrary: joined('||', tie('condition')) }
  )
})).condition

/** Subjects with absent attributes and several values. */
export const subject: fc.Arbitrary<Subject> = fc.record({
  name: text,
  owner: text,
  attributes: fc
    .record(
      { vcpus: some(int), price: some(double), location: some(text), spot: some(boolean), zeta: some(anything), quux: some(anything) },
      { requiredKeys: [] }
    )
    .map(canonicalAttributes)
})

function some(value: fc.Arbitrary<AttributeValue>): fc.Arbitrary<AttributeValue[]> {
  return fc.array(value, { minLength: 1, maxLength: 3 })
}

function joined(operator: string, condition: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(condition, { minLength: 2, maxLength: 4 }).map((parts) => parts.map((part) => `(${part})`).join(` ${operator} `))
}

function atomOn(reference: string): fc.Arbitrary<string> {
  const value = valuesByReference[reference] as fc.Arbitrary<AttributeValue>
  const forms = [comparison(reference, value), membership(reference, value), fc.constant(`has(${reference})`)]
  if (value === text || value === anything) forms.push(text.map((prefix) => `${reference}.startsWith(${literal(prefix)})`))
  if (value === boolean || value === anything) forms.push(fc.constantFrom(reference, `!${reference}`))
  return fc.oneof(...forms)
}

function comparison(reference: string, value: fc.Arbitrary<AttributeValue>): fc.Arbitrary<string> {
  return fc.tuple(value, fc.constantFrom('==', '!=', '<', '<=', '>', '>='), fc.boolean()).map(([operand, operator, first]) => {
    const allowed = typeof operand === 'boolean' ? (operator.startsWith('<') ? '==' : operator.startsWith('>') ? '!=' : operator) : operator
    return first ? `${literal(operand)} ${allowed} ${reference}` : `${reference} ${allowed} ${literal(operand)}`
  })
}

function membership(reference: string, value: fc.Arbitrary<AttributeValue>): fc.Arbitrary<string> {
  return fc.array(value, { maxLength: 3 }).map((values) => {
    const listed = values.filter((one) => typeof one === typeof values[0])
    return `${reference} in [${listed.map(literal).join(', ')}]`
  })
}

function literal(value: AttributeValue): string {
  return JSON.stringify(value)
}
