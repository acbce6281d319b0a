import { defineErrors } from '@cloudpeer/core'

/** What can go wrong in the command line itself. */
export const consoleErrors = defineErrors({
  USAGE: { message: '{problem}', retry: false, httpStatus: 400 },
  FILE_UNREADABLE: { message: '{file} cannot be read: {problem}', retry: false, httpStatus: 400 }
})
