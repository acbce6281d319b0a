import { type Client, createClient } from '@cloudpeer/api'
import type { Clock, Random } from '@cloudpeer/core'
import { createSystemRandom, systemClock } from '@cloudpeer/core/system'
import { apiUrlDefault, apiUrlFrom } from './api-url.ts'
import { hasColors, type Io, write } from './io.ts'
import { createPaint, type Paint } from './output/paint.ts'

/** What every command works with. */
export interface Session {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly io: Io
  readonly apiUrl: string
  readonly paint: Paint
  /** Shows a result: the value itself with `--json`, what `render` makes of it otherwise. */
  show(value: unknown, render: () => string): Promise<void>
}

/** The options that every command takes. */
export interface GlobalOptions {
  readonly api?: string | undefined
  readonly json?: boolean | undefined
}

/** Opens a session by the options, then the environment, then the defaults. USAGE for an API address that is none. */
export function openSession(io: Io, { api, json }: GlobalOptions): Session {
  const apiUrl = apiUrlFrom(api ?? (io.env.CLOUDPEER_API || apiUrlDefault))
  return {
    client: createClient({ baseUrl: apiUrl, clock: systemClock }),
    clock: systemClock,
    random: createSystemRandom(),
    io,
    apiUrl,
    paint: createPaint(hasColors(io.stdout, io.env)),
    show: (value, render) => write(io.stdout, `${json ? JSON.stringify(value, null, 2) : render()}\n`)
  }
}
