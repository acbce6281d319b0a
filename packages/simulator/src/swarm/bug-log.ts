import { isCloudError, type Log } from '@cloudpeer/core'

/** A log that keeps nothing, and tells of work that failed otherwise than by an error of ours: background work ends so without anybody noticing. */
export function createBugLog(onBug: (error: unknown) => void): Log {
  const log: Log = {
    debug() {},
    info() {},
    warn() {},
    error(_message, { error } = {}) {
      if (error !== undefined && !isCloudError(error)) onBug(error)
    },
    child: () => log
  }
  return log
}
