import { defineErrors } from '@cloudpeer/core'

/** How provisioning can fail. */
export const provisioningErrors = defineErrors({
  DOCUMENT_FORGED: { message: 'the {kind} is not signed by {writer}', retry: false, httpStatus: 403 },
  DOCUMENT_OF_ANOTHER_NETWORK: { message: 'the {kind} is of network {network}, not of this one', retry: false, httpStatus: 409 },
  NOT_MATCHER: { message: 'this node does not match requests in the cell {cell}', retry: true, httpStatus: 409 },
  QUEUE_FULL: { message: 'cell {cell} has {max} waiting requests already', retry: true, httpStatus: 503 },
  OVERTAKEN: {
    message: 'a later message of {requester} has come before: this one is late, or another process has its key',
    retry: true,
    httpStatus: 409
  },
  REQUEST_UNKNOWN: { message: 'there is no request {request}', retry: false, httpStatus: 404 },
  REQUEST_ENDED: { message: 'request {request} has ended', retry: false, httpStatus: 409 },
  IDEMPOTENCY_KEY_REUSED: {
    message: 'the key {key} belongs to request {request}, which asks for something else',
    retry: false,
    httpStatus: 422
  },
  REQUESTS_FULL: { message: 'this node has {max} open requests already', retry: true, httpStatus: 503 },
  LEASE_UNKNOWN: { message: 'there is no lease {lease}: it has ended, or never was', retry: false, httpStatus: 404 },
  LEASE_LATE: { message: 'the hold of lease {lease} is over', retry: false, httpStatus: 409 },
  LEASE_HELD: { message: 'lease {lease} is only held yet: it can be renewed once it is active', retry: true, httpStatus: 409 },
  LEASE_OF_ANOTHER: { message: 'lease {lease} belongs to another requester', retry: false, httpStatus: 403 },
  LEASE_OVERRUN: { message: 'lease {lease} has lasted as long as was asked for, and another waits for it', retry: false, httpStatus: 409 },
  LEASE_RECALLED: { message: 'the owner of lease {lease} has called it back: it is not renewed any more', retry: false, httpStatus: 409 },
  NOT_OWNER: {
    message: 'lease {lease} was granted by {owner}, which alone can end it: give it back instead',
    retry: false,
    httpStatus: 409
  },
  LEDGER_READ_ONLY: {
    message: 'the ledger could not be written: nothing is granted until this node restarts',
    retry: false,
    httpStatus: 503
  },
  QUARANTINED: {
    message: 'leases may be out that the ledger does not know of: nothing is granted for another {seconds} s',
    retry: true,
    httpStatus: 503
  },
  CAPACITY_IN_USE: { message: '{field}: {leased} is leased, more than {wanted}', retry: false, httpStatus: 409 },
  NO_CAPACITY: { message: 'this node offers no capacity: set some first', retry: false, httpStatus: 409 }
})
