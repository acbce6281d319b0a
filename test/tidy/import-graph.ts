import type { VariableDeclarator } from '@swc/core'
import { Visitor } from '@swc/core/Visitor.js'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { dependencyRules } from './dependency-rules.ts'

/** One import of a source file. */
export interface Import {
  readonly from: string
  /** As it is written. */
  readonly specifier: string
  /** Whether it is a module of Node. */
  readonly builtin: boolean
}

/** What the sources of the packages below `root` import. */
export interface ImportGraph {
  /** The source files seen, by path from the root. */
  readonly files: readonly string[]
  readonly imports: readonly Import[]
  /** One line for each import that breaks a rule. */
  readonly violations: readonly string[]
}

/** Reads all imports in the `src` folders, those of types too, and judges them by {@link dependencyRules}. */
export async function readImportGraph(root: string): Promise<ImportGraph> {
  const { modules, summary } = await cruiseSources(root)
  const sources = modules.filter(({ source }) => /^packages\/[^/]+\/src\//.test(source))
  return {
    files: sources.map(({ source }) => source),
    imports: sources.flatMap(({ source, dependencies }) =>
      dependencies.map(({ module, dependencyTypes }) => ({ from: source, specifier: module, builtin: dependencyTypes.includes('core') }))
    ),
    violations: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)
  }
}

async function cruiseSources(root: string): Promise<ICruiseResult> {
  const options = {
    baseDir: root,
    parser: 'swc' as const,
    tsPreCompilationDeps: true,
    exclude: { path: '^packages/[^/]+/test/' },
    doNotFollow: { path: 'node_modules' },
    validate: true,
    ruleSet: { forbidden: [...dependencyRules] }
  }
  const { output } = await cruise(['packages'], options, { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] })
  return output as ICruiseResult
}

// The visitor that dependency-cruiser builds on throws at `using`, which is younger than it is.
const { visitStatement } = Visitor.prototype
Visitor.prototype.visitStatement = function (statement) {
  const { type, decls } = statement as { type: string; decls?: VariableDeclarator[] }
  if (type !== 'UsingDeclaration') return visitStatement.call(this, statement)
  this.visitVariableDeclarators(decls ?? [])
  return statement
}
