import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runChild } from './child.js'
import { bundledNode, nodeMajorMin, root, suitableNode } from './place.js'

const lockFile = join(root, 'package-lock.json')
/** npm's own note of what it installed. */
const installedLock = join(root, 'node_modules', '.package-lock.json')
const stamp = join(root, 'node_modules', '.cloudpeer-installed')

/** How long one run waits for another one's installation, in ms. */
const installMsMax = 15 * 60_000

const lockPollMs = 250

/** How long a lock may be without its owner's pid, in ms. */
const unownedMsMax = 5000

/** What the user has to mend. */
export class SetupError extends Error {}

/**
 * Installs what package-lock.json asks for, and Node, unless they are there; returns the path of a Node that runs
 * Cloudpeer. Several runs at once install once. Throws {@link SetupError}.
 */
export async function install() {
  if (isInstalled() && suitableNode() !== undefined) return suitableNode()
  await alone(async () => {
    if (!isInstalled()) await installPackages()
    if (suitableNode() === undefined) await installNode()
  })
  return suitableNode()
}

function isInstalled() {
  return textOf(stamp) === stampText() || holdsWhatIsLocked()
}

/** Whether node_modules has each package of the lock file in its version; packages for other platforms may be absent. */
function holdsWhatIsLocked() {
  const present = packagesOf(installedLock)
  return Object.entries(packagesOf(lockFile)).every(([path, { version, link, optional, devOptional }]) => {
    if (!path.includes('node_modules/')) return true
    const found = present[path]
    return found === undefined ? Boolean(optional || devOptional) : Boolean(link) || found.version === version
  })
}

/** What `npm ci` made of the lock file: it may leave out packages that nothing needs any more. */
function stampText() {
  return digest(textOf(lockFile) + textOf(installedLock))
}

function packagesOf(file) {
  return JSON.parse(textOf(file) || '{}').packages ?? {}
}

function textOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function digest(text) {
  return createHash('sha256').update(text).digest('hex')
}

async function installPackages() {
  console.error('installing the dependencies (once, about a minute) ...')
  const options = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  if ((await runNpm(['ci', ...options])) !== 0) throw new SetupError('the dependencies could not be installed; `npm ci` says why')
  writeFileSync(stamp, stampText())
}

/** The `node` package's own step, for where npm is configured to skip such scripts. */
async function installNode() {
  console.error(`installing Node ${nodeMajorMin} (once) ...`)
  const directory = dirname(dirname(bundledNode))
  const script = join(directory, 'installArchSpecificPackage.js')
  if (existsSync(script) && (await runQuietly(process.execPath, [script], directory)) === 0 && existsSync(bundledNode)) return
  throw new SetupError(`Cloudpeer needs Node ${nodeMajorMin}, and the npm package \`node\` could not install it: install it yourself`)
}

/** Runs the npm that runs this, or else the one that the shell finds. */
function runNpm(args) {
  const npm = process.env.npm_execpath
  if (npm !== undefined && basename(npm).startsWith('npm')) return runQuietly(process.execPath, [npm, ...args], root)
  return runQuietly('npm', args, root)
}

/** Runs a command with its output on stderr: stdout is the task's alone. */
async function runQuietly(command, args, cwd) {
  try {
    return await runChild(command, args, { cwd, output: 2, shell: process.platform === 'win32' && command === 'npm' })
  } catch (error) {
    throw new SetupError(`${command} cannot be started: ${error.message}`)
  }
}

/** Runs `work` while no other process does so for this directory. */
async function alone(work) {
  const lock = join(tmpdir(), `cloudpeer-setup-${digest(root).slice(0, 16)}`)
  await acquire(lock)
  try {
    await work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

async function acquire(lock) {
  if (tryLock(lock)) return
  console.error('another installation is under way; waiting ...')
  const limit = Date.now() + installMsMax
  while (!tryLock(lock)) {
    if (Date.now() > limit) throw new SetupError(`another installation does not end; if there is none remove ${lock}`)
    await sleep(lockPollMs)
  }
}

function tryLock(lock) {
  try {
    mkdirSync(lock)
    writeFileSync(join(lock, 'pid'), String(process.pid))
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true })
    return false
  }
}

/** Whether the process that made the lock is gone. The moment between its directory and its pid does not count. */
function isAbandoned(lock) {
  try {
    process.kill(Number(readFileSync(join(lock, 'pid'), 'utf8')), 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH' || (error.code === 'ENOENT' && Date.now() - madeAt(lock) > unownedMsMax)
  }
}

function madeAt(lock) {
  return statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
}
