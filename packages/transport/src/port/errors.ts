import { defineErrors } from '@cloudpeer/core'

/** How talking to a peer can fail. What the peer's own handler reports arrives under the code that it threw. */
export const transportErrors = defineErrors({
  REFUSED: { message: '{peer} refuses connections: {problem}', retry: true, httpStatus: 502 },
  UNREACHABLE: { message: '{peer} cannot be reached: {problem}', retry: true, httpStatus: 502 },
  DISCONNECTED: { message: 'the connection to {peer} was lost before it answered', retry: true, httpStatus: 502 },
  NOT_SERVED: { message: '{peer} does not serve {protocol}', retry: false, httpStatus: 502 },
  TOO_LARGE: { message: '{field} has {bytes} bytes, more than {max}', retry: false, httpStatus: 413 },
  BUSY: { message: 'more requests than {peer} takes for {protocol}: wait {retryAfterMs} ms', retry: true, httpStatus: 503 },
  WRONG_NETWORK: { message: 'the peer belongs to network {network}, not to {expected}', retry: false, httpStatus: 409 },
  BAD_ADDRESS: { message: '{field}: {address} is not a multiaddr that can be used: {problem}', retry: false, httpStatus: 400 },
  ADDRESS_IN_USE: { message: 'cannot listen on {address}: another process does', retry: false, httpStatus: 500 }
})
