import { defineErrors } from '@cloudpeer/core'
// ADDRESS_IN_USE, BAD_ADDRESS and TOO_LARGE mean the same for HTTP as for libp2p.
import '@cloudpeer/transport'

/** What can go wrong around a node: its files, its addresses, its processes. */
export const nodeErrors = defineErrors({
  DATA_DIRECTORY_IN_USE: {
    message: 'the data directory {directory} is in use by the node with process id {pid}',
    retry: true,
    httpStatus: 409
  },
  DATA_FILE: { message: '{file} cannot be used: {problem}', retry: false, httpStatus: 500 },
  HOST_REFUSED: {
    message: 'requests for the host {host} are refused: this node listens on the loopback address only',
    retry: false,
    httpStatus: 403
  },
  ROUTE_NOT_FOUND: { message: 'there is no {method} {path}', retry: false, httpStatus: 404 },
  HOOK_FAILED: { message: '{hook} failed: {problem}', retry: true, httpStatus: 502 },
  NODE_ENDED: { message: 'node {node} of the development network ended: {problem}', retry: false, httpStatus: 500 }
})
