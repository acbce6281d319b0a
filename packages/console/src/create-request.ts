import type { CreatedRequest, createRequestRoute, RequestOf } from '@cloudpeer/api'
import { CloudError, hexFromBytes, isCloudError, retry } from '@cloudpeer/core'
import type { Session } from './session.ts'

/** How often, and after which waits, a request is sent whose answer was cut off. */
const resending = { firstMs: 250, maxMs: 1_000, attemptsMax: 4 }

/**
 * Creates a request, and sends it again where the connection breaks: by its key, which is drawn where none is given, it is one request however
 * often it arrives. Where no answer comes the error has the key, so that a person can ask again.
 */
export async function createRequest(
  { client, clock, random }: Pick<Session, 'client' | 'clock' | 'random'>,
  asked: RequestOf<typeof createRequestRoute>
): Promise<CreatedRequest> {
  const { idempotencyKey = hexFromBytes(random.bytes(8)) } = asked
  let mayBeThere = false
  const mayRetry = (error: unknown): boolean => {
    mayBeThere ||= mayHaveArrived(error)
    return mayBeThere && isCloudError(error, 'API_UNREACHABLE')
  }
  try {
    return await retry({ clock, random }, { ...resending, mayRetry }, () => client.createRequest({ ...asked, idempotencyKey }))
  } catch (error) {
    if (!mayBeThere || !isCloudError(error, 'API_UNREACHABLE', 'TIMED_OUT')) throw error
    throw new CloudError(error.code, { ...error.fields, idempotencyKey }, { cause: error, message: error.message })
  }
}

/** Whether what was sent may have been taken although no answer came: there was a connection. */
function mayHaveArrived(error: unknown): boolean {
  if (isCloudError(error, 'TIMED_OUT')) return true
  return isCloudError(error, 'API_UNREACHABLE') && /reset|closed|terminated|EPIPE/i.test(String(error.fields.problem))
}
