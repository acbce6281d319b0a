import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { LeaseReport } from '@cloudpeer/api'
import { isRunning } from '../is-running.ts'

/** A lease as the process under it is told of it. */
export type StandInLease = Pick<LeaseReport, 'id'> & Pick<LeaseReport['lease'], 'owner' | 'allocation'>

/** A process that stands for the work under a lease, and runs. */
export interface StandIn {
  readonly pid: number
  readonly lease: StandInLease
}

/** The processes that nodes start in place of work. Each writes its lease into a file of its own name, and ends with its input. */
export class StandIns {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
    mkdirSync(directory, { recursive: true })
  }

  /** For `--workload`. The file is there under its name only when it is whole. */
  get command(): string {
    return `cd '${this.#directory}' && printf '%s' "$CLOUDPEER_LEASE" > $$.new && mv $$.new $$.lease && exec cat > /dev/null`
  }

  /** Those that run. Files of those that do not are removed. */
  running(): readonly StandIn[] {
    const files = readdirSync(this.#directory).filter((name) => name.endsWith('.lease'))
    return files.flatMap((name) => {
      const pid = Number(name.replace('.lease', ''))
      const path = join(this.#directory, name)
      if (isRunning(pid)) return { pid, lease: JSON.parse(readFileSync(path, 'utf8')) }
      rmSync(path, { force: true })
      return []
    })
  }
}
