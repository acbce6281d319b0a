import { CloudError } from '@cloudpeer/core'

/** The error with the text that its position, if it has one, counts in. */
export function withExpression(error: CloudError, expression: string): CloudError {
  return new CloudError(error.code, { ...error.fields, expression }, { cause: error, message: error.message })
}
