import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What `cloudpeer dev --exit --json` prints, as far as it is read here. */
interface DevReport {
  readonly nodes: number
  readonly services: number
  readonly startedMs: number
  readonly registeredMs: number
}

const launcher = new URL('../../bin/cloudpeer.js', import.meta.url).pathname
const { stdout } = await promisify(execFile)(process.execPath, [launcher, 'dev', '--exit', '--json'], { maxBuffer: 16 * 1024 * 1024 })
const { nodes, services, startedMs, registeredMs } = JSON.parse(stdout) as DevReport
console.log(
  `${nodes} nodes up in ${(startedMs / 1000).toFixed(1)} s, ${services} services registered in ${(registeredMs / 1000).toFixed(1)} s more (aim: 30 s for both)`
)
