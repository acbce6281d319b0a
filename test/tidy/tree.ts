import { globSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

/** The repository's root. */
export const root = join(import.meta.dirname, '../..')

/** A text file of the repository. */
export interface SourceFile {
  /** Path from the root, with `/`. */
  readonly path: string
  readonly text: string
}

/** The files that match one of the glob patterns from the root, in order of their paths; none of node_modules. */
export function filesMatching(...patterns: readonly string[]): SourceFile[] {
  const paths = globSync(patterns, { cwd: root, exclude: (path) => path === 'node_modules' || path.endsWith(`${sep}node_modules`) })
  return paths.sort().map((path) => ({ path: path.replaceAll(sep, '/'), text: readFileSync(join(root, path), 'utf8') }))
}
