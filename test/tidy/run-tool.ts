import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { root } from './tree.ts'

/** How long a tool may take over the whole repository, in ms. */
const toolMsMax = 120_000

/** Runs a Node program of node_modules at the repository's root; resolves with what it printed where it failed, and with '' where not. */
export function complaintsOf(program: string, ...args: readonly string[]): Promise<string> {
  const command = [join('node_modules', program), ...args]
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: root, timeout: toolMsMax }, (error, stdout, stderr) => {
      resolve(error === null ? '' : `${stdout}${stderr}` || error.message)
    })
  })
}
