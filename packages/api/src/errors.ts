import { defineErrors } from '@cloudpeer/core'

/** How asking a node over HTTP can fail, beside what the node itself reports. */
export const apiErrors = defineErrors({
  NOT_FOUND: { message: '{kind} {name} was not found', retry: false, httpStatus: 404 },
  API_UNREACHABLE: { message: 'no node answers at {url}: {problem}', retry: true, httpStatus: 502 },
  API_UNEXPECTED: { message: '{url} gave an answer that is none of this API: {problem}', retry: false, httpStatus: 502 }
})
