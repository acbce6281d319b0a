import type { AttributeValue } from '../attributes/attribute-value.ts'
import type { Condition } from './condition.ts'

/** An expression equal to the condition: `compileQuery` reads it back. */
export function formatCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'constant':
      return String(condition.value)
    case 'not':
      return `!${formatNegated(condition.condition)}`
    case 'and':
      return condition.conditions.map((part) => (part.kind === 'or' ? `(${formatCondition(part)})` : formatCondition(part))).join(' && ')
    case 'or':
      return condition.conditions.map(formatCondition).join(' || ')
    case 'presence':
      return `has(${condition.reference})`
    case 'prefix':
      return `${condition.reference}.startsWith(${formatValue(condition.prefix)})`
    case 'membership':
      return `${condition.reference} in [${condition.values.map(formatValue).join(', ')}]`
    case 'comparison':
      if (condition.operator === '==' && condition.value === true) return condition.reference
      return `${condition.reference} ${condition.operator} ${formatValue(condition.value)}`
  }
}

function formatNegated(condition: Condition): string {
  const text = formatCondition(condition)
  const binds =
    condition.kind === 'presence' || condition.kind === 'prefix' || (condition.kind === 'comparison' && text === condition.reference)
  return binds ? text : `(${text})`
}

/** JSON's escapes are CEL's. A whole number beyond the safe integers needs an exponent, or it would be read as an int. */
function formatValue(value: AttributeValue): string {
  if (typeof value !== 'number') return JSON.stringify(value)
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value)
}
