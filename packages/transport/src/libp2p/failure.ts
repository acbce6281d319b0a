import { CloudError, errorMessage, isCloudError } from '@cloudpeer/core'

/** libp2p and system errors, by name or code, that say that nothing listens at the address. */
const refusals = new Set(['ECONNREFUSED'])

/** Those that say that time ran out: ours, the socket's, or that of libp2p's dial queue. */
const timeouts = new Set(['TimeoutError', 'AbortError', 'ETIMEDOUT', 'ABORT_ERR'])

/** Those of a connection that ended while it was being used. */
const endings = new Set([
  'ConnectionClosedError',
  'ConnectionClosingError',
  'MuxerClosedError',
  'StreamResetError',
  'StreamClosedError',
  'StreamStateError',
  'UnexpectedEOFError'
])

/**
 * What went wrong on the way to a peer: REFUSED if every address refused, TIMED_OUT if one stayed silent, DISCONNECTED if
 * the connection ended, UNREACHABLE for the rest. libp2p may throw events in place of errors, and nests them.
 */
export function failureFrom(thrown: unknown, peer: string, timeoutMs: number): CloudError {
  if (isCloudError(thrown)) return thrown
  const errors = leaves(thrown)
  const is = (names: ReadonlySet<string>) => (error: NamedError) => names.has(error.code ?? '') || names.has(error.name ?? '')
  const problem = errors.map(errorMessage).join('; ').slice(0, 512)
  if (errors.length > 0 && errors.every(is(refusals))) return new CloudError('REFUSED', { peer, problem }, { cause: thrown })
  if (errors.some(is(timeouts))) return new CloudError('TIMED_OUT', { operation: 'connect', timeoutMs, peer }, { cause: thrown })
  if (errors.some(is(endings))) return new CloudError('DISCONNECTED', { peer }, { cause: thrown })
  return new CloudError('UNREACHABLE', { peer, problem }, { cause: thrown })
}

/** The error in something that libp2p threw or a stream reported: some of its rejections are close events. */
export function errorFrom(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  const { error } = (thrown ?? {}) as { error?: unknown }
  return error instanceof Error ? error : new Error('the stream ended')
}

interface NamedError extends Error {
  readonly code?: string
}

function leaves(thrown: unknown): NamedError[] {
  const error = errorFrom(thrown)
  if (error instanceof AggregateError) return error.errors.flatMap(leaves)
  return error.cause instanceof Error && !('code' in error) ? leaves(error.cause) : [error]
}
