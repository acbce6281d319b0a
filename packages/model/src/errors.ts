import { defineErrors } from '@cloudpeer/core'

/** How a query can be wrong. `position` is the 1-based offset in the expression, in UTF-16 code units. */
export const modelErrors = defineErrors({
  QUERY_SYNTAX: { message: 'column {position}: {problem}, near {near}', retry: false, httpStatus: 400 },
  QUERY_TYPE: { message: 'column {position}: {operand} is {found}, but {wantedBy} wants {expected}', retry: false, httpStatus: 400 },
  QUERY_UNKNOWN_ATTRIBUTE: {
    message: 'column {position}: no attribute {attribute} in the schema; {suggestion} is meant, or else attributes.{attribute}',
    retry: false,
    httpStatus: 400
  },
  QUERY_UNSUPPORTED: { message: 'column {position}: {construct} is not part of the query language', retry: false, httpStatus: 400 },
  QUERY_TOO_COMPLEX: { message: 'the query goes beyond {limit}, which is {max}', retry: false, httpStatus: 400 }
})
