/** The most matches that one answer to a query may hold; more follow by its continuation token. */
export const queryLimitMax = 1000

/** The matches that an answer to a query holds at most unless the request says otherwise. */
export const queryLimitDefault = 100

/** The most services of one page of a node's own. */
export const ownServicesLimitMax = 1000

/** The most services that one request may register. */
export const servicesPerRequestMax = 1000

/** The largest request body, in bytes: room for {@link servicesPerRequestMax} descriptions of the largest size as JSON. */
export const requestBytesMax = 16 * 1024 * 1024

/** The largest reply that a client reads, in bytes: it bounds what a wrong address can make the client hold. */
export const replyBytesMax = 64 * 1024 * 1024

/** How long a client waits for a reply, in ms, unless it says otherwise: longer than any wait inside a node. */
export const clientTimeoutMs = 30_000

/** The most requests, or leases, of one page. */
export const pageLimitMax = 1000

/** The most leases that one request may ask for. */
export const requestUnitsMax = 256

/** The highest priority of a request; 0 is the lowest. */
export const requestPriorityMax = 9

/** The longest time that a request may wait, and that a lease may be wanted, in ms: a year. */
export const durationMsMax = 365 * 24 * 60 * 60 * 1000

/** The longest that one call waits for a request, in ms: within {@link clientTimeoutMs}, so that the answer still comes. */
export const requestWaitMsMax = 25_000

/** The most characters of the id of a request, and of a lease. */
export const requestIdLengthMax = 64
export const leaseIdLengthMax = 192

/** The most characters of the key of a request that may be sent twice. */
export const idempotencyKeyLengthMax = 64

/** The most characters of something signed, and of a signature, in base64: 24 KiB of bytes. */
export const signedLengthMax = 32 * 1024
