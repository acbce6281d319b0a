import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root, without a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '')

/** The oldest major version of Node that runs Cloudpeer. */
export const nodeMajorMin = 24

/** The Node that the `node` package of npm puts into node_modules. */
export const bundledNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** Path of a Node that runs Cloudpeer: the one in node_modules, or the one that runs this; undefined if there is none. */
export function suitableNode() {
  if (existsSync(bundledNode)) return bundledNode
  return isSuitable() ? process.execPath : undefined
}

/** Whether the Node that runs this can run Cloudpeer. */
export function isSuitable() {
  return Number(process.versions.node.split('.')[0]) >= nodeMajorMin
}
