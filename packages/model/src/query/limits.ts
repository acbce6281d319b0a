/** The longest query, in bytes of UTF-8. */
export const expressionBytesMax = 16 * 1024

/** The most nodes of a query's syntax tree: each name, literal, list, operator and call is one. */
export const nodesMax = 1000

/** The most literals in one list. */
export const literalsMax = 256

/** How deep parentheses and lists may be nested. */
export const nestingMax = 64

/** The most terms of a normal form; beyond it a query has none and is answered by a scan. */
export const termsMax = 16
