import { defineErrors } from '@cloudpeer/core'

/** How the registry can refuse. */
export const registryErrors = defineErrors({
  RECORD_FORGED: { message: 'the record of {name} is not signed by {owner}', retry: false, httpStatus: 403 },
  OWNER_UNKNOWN: {
    message: 'the owner {owner} is not known here, and records of such owners have room for {max}',
    retry: true,
    httpStatus: 503
  },
  RECORD_STALE: { message: 'the record of {name} is superseded: epoch {epoch}, seq {seq} is held', retry: false, httpStatus: 409 },
  RECORD_EXPIRED: { message: 'the record of {name} has expired: only its owner can renew it', retry: false, httpStatus: 409 },
  RECORD_OF_ANOTHER_NETWORK: { message: 'the record of {name} belongs to network {network}', retry: false, httpStatus: 409 },
  NOT_RESPONSIBLE: { message: 'this node is not responsible for {shard}', retry: true, httpStatus: 409 },
  NOT_READY: { message: 'this replica of {shard} is not complete yet', retry: true, httpStatus: 503 },
  QUOTA_EXCEEDED: { message: '{limit} is reached: {max}', retry: true, httpStatus: 507 },
  UNACKNOWLEDGED: {
    message: '{services} of the services were not acknowledged by a majority within {timeoutMs} ms; they are offered again until they are',
    retry: true,
    httpStatus: 504
  }
})
