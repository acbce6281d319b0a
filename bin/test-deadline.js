import process from 'node:process'

const ms = Number(new URL(import.meta.url).searchParams.get('ms'))

/** Ends a test file that goes on for longer than `?ms=`, as where a test has left a process that keeps it open. */
setTimeout(() => {
  console.error(`error: after ${ms / 1000} s this test file still has ${process.getActiveResourcesInfo().join(', ')}: it is ended`)
  process.exit(1)
}, ms).unref()
