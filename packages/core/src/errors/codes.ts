import { defineErrors } from './cloud-error.ts'

/** Errors that every package may meet. */
export const coreErrors = defineErrors({
  INVALID: { message: '{field}: {problem}', retry: false, httpStatus: 400 },
  MALFORMED: { message: '{field} cannot be decoded: {problem}', retry: false, httpStatus: 400 },
  CANCELLED: { message: 'the operation was cancelled', retry: true, httpStatus: 499 },
  TIMED_OUT: { message: '{operation} did not finish within {timeoutMs} ms', retry: true, httpStatus: 504 },
  OVERLOADED: { message: '{limit} is reached: {max}', retry: true, httpStatus: 503 },
  STOPPED: { message: '{component} is stopped', retry: false, httpStatus: 503 },
  STORE_FULL: { message: 'the disk under {store} is full: nothing was written', retry: true, httpStatus: 507 },
  STORE_FAILED: { message: 'the store {store} failed: {problem}', retry: true, httpStatus: 500 },
  INTERNAL: { message: 'an internal error; the log of the node that answered has it', retry: false, httpStatus: 500 }
})
