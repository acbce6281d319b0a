import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { readImportGraph } from './import-graph.ts'
import { layers } from './layers.ts'
import { root } from './tree.ts'

const graph = await readImportGraph(root)

test('the sources of every package were read', () => {
  for (const name of Object.keys(layers)) {
    assert.ok(
      graph.files.some((file) => file.startsWith(`packages/${name}/src/`)),
      `no module of packages/${name} was seen`
    )
  }
})

test('every import keeps to the dependency rules', () => {
  assert.deepEqual(graph.violations, [])
})

test('every package.json lists what the sources import, and nothing else', () => {
  for (const name of Object.keys(layers)) {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
    const declared = Object.keys(manifest.dependencies ?? {})
    const imports = graph.imports.filter(({ from, builtin }) => from.startsWith(`packages/${name}/`) && !builtin)
    const used = new Set(imports.map(({ specifier }) => packageOf(specifier)).filter((used) => used !== undefined))
    assert.deepEqual(declared.toSorted(), [...used].toSorted(), `dependencies of packages/${name}/package.json`)
  }
})

test('an import that breaks a rule is reported', async (context) => {
  const planted = plant({
    'packages/core/package.json': '{ "name": "@cloudpeer/core", "type": "module", "exports": "./src/index.ts" }',
    'packages/core/src/index.ts': "import type { A } from '@cloudpeer/overlay'\nimport 'libp2p'\nimport 'node:fs'\nexport type B = A\n",
    'packages/core/src/one.ts': "import './two.ts'\nimport { DatabaseSync } from 'node:sqlite'\nexport const one = DatabaseSync\n",
    'packages/core/src/two.ts': "import './one.ts'\nexport const two = import('node:child_process')\n",
    'packages/overlay/package.json': '{ "name": "@cloudpeer/overlay", "type": "module", "exports": "./src/index.ts" }',
    'packages/overlay/src/index.ts': "import '../../core/src/one.ts'\nimport './absent.ts'\nexport type A = string\n",
    'node_modules/libp2p/package.json': '{ "name": "libp2p", "main": "index.js" }',
    'node_modules/libp2p/index.js': ''
  })
  context.after(() => rmSync(planted, { recursive: true }))
  const { violations } = await readImportGraph(planted)
  const rules = new Set(violations.map((violation) => violation.split(':')[0]))
  assert.deepEqual([...rules].toSorted(), [
    'child-process-stays-fenced',
    'core-imports-only-what-is-below',
    'imports-exist',
    'libp2p-stays-fenced',
    'no-cycles',
    'packages-meet-at-their-exports',
    'protocol-logic-is-handed-its-environment',
    'sqlite-stays-fenced'
  ])
})

function packageOf(specifier: string): string | undefined {
  return /^(@[^/]+\/)?[^./][^/]*/.exec(specifier)?.[0]
}

function plant(files: Readonly<Record<string, string>>): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'cloudpeer-tidy-')))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  mkdirSync(join(directory, 'node_modules/@cloudpeer'), { recursive: true })
  symlinkSync(join(directory, 'packages/overlay'), join(directory, 'node_modules/@cloudpeer/overlay'))
  return directory
}
