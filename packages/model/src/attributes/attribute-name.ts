const pattern = /^[a-z][a-z0-9_]{0,63}$/

/** The pseudo-attributes of every service that queries may name; both are strings. */
export const pseudoAttributes = ['name', 'owner'] as const

/** A property of every service that is queried like an attribute. */
export type PseudoAttribute = (typeof pseudoAttributes)[number]

/** Whether queries read this name from the service itself, not from its attributes. */
export function isPseudoAttribute(name: string): name is PseudoAttribute {
  return name === 'name' || name === 'owner'
}

/**
 * Whether an attribute may have this name: a lower-case letter, then up to 63 lower-case letters, digits and underscores.
 * The pseudo-attributes are reserved, and so is `constructor`, which every JavaScript object seems to have.
 */
export function isAttributeName(name: string): boolean {
  return pattern.test(name) && !isPseudoAttribute(name) && name !== 'constructor'
}
