import { requestBytesMax } from '@cloudpeer/api'
import { CloudError, errorMessage } from '@cloudpeer/core'

/** The error that a caller is told of: fastify's refusals of a body or a path in our codes, everything else as it is. */
export function errorFromFastify(error: unknown): unknown {
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown }
  if (error instanceof CloudError || typeof statusCode !== 'number' || statusCode >= 500) return error
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new CloudError('TOO_LARGE', { field: 'body', bytes: `more than ${requestBytesMax}`, max: requestBytesMax }, { cause: error })
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new CloudError('INVALID', { field: 'content-type', problem: 'must be application/json' }, { cause: error })
  }
  const field = code === 'FST_ERR_BAD_URL' ? 'path' : 'body'
  return new CloudError('MALFORMED', { field, problem: errorMessage(error) }, { cause: error })
}
