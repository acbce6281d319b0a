import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { completed } from './lock-file.ts'
import { root } from './tree.ts'

const path = join(root, 'package-lock.json')
const lock = JSON.parse(readFileSync(path, 'utf8'))
writeFileSync(path, `${JSON.stringify({ ...lock, packages: completed(lock.packages) }, undefined, 2)}\n`)
