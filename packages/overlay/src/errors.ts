import { defineErrors } from '@cloudpeer/core'

/** How being a member of a network can fail. */
export const overlayErrors = defineErrors({
  FORGED_NETWORK: {
    message: 'the description of network {network} was not signed by its founder: {problem}',
    retry: false,
    httpStatus: 403
  },
  FORGED_MEMBER: { message: 'the announcement of {peer} was not signed by it for this network', retry: false, httpStatus: 403 },
  NOT_FOUNDER: { message: 'only the founder {founder} may change the schema, not {peer}', retry: false, httpStatus: 403 },
  STALE_NETWORK: { message: 'schema version {version} is not higher than {known}', retry: false, httpStatus: 409 },
  ALONE: { message: 'no other member was found at the addresses known here, {addresses} in all', retry: true, httpStatus: 503 },
  MEMBERS_FULL: { message: 'the directory holds {max} members and takes no more', retry: true, httpStatus: 503 },
  IDENTITY_IN_USE: { message: 'another process speaks as {peer}: no two nodes may use one key', retry: false, httpStatus: 409 }
})
