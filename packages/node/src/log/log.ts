import { styleText } from 'node:util'
import type { Log, LogFields } from '@cloudpeer/core'
import { type DestinationStream, destination, type Logger, pino, stdSerializers } from 'pino'
import type { LogLevel } from '../config/index.ts'

/** Where log lines go. */
export interface LogInit {
  readonly level: LogLevel
  /** Whether people read the lines: one sentence each, in colour. */
  readonly pretty: boolean
  /** Takes whole lines; standard error unless given. */
  readonly write?: (line: string) => void
}

/** Core's log port over pino: JSON lines with `level`, `time`, `msg` and the fields, or sentences for people. */
export function createLog({ level, pretty, write }: LogInit): Log {
  const options = {
    level,
    base: null,
    serializers: { error: stdSerializers.err },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime
  }
  return logFrom(pino(options, stream(pretty, write)))
}

function stream(pretty: boolean, write: LogInit['write']): DestinationStream {
  const out: DestinationStream = write ? { write } : standardError()
  return pretty ? { write: (line) => out.write(prettyLine(line)) } : out
}

/** Written synchronously, since the last line before a crash is the one that matters; a reader that has gone is not missed. */
function standardError(): DestinationStream {
  const out = destination({ fd: 2, sync: true })
  out.on('error', () => {})
  return out
}

function logFrom(logger: Logger): Log {
  return {
    debug: (message, fields) => logger.debug(fields, message),
    info: (message, fields) => logger.info(fields, message),
    warn: (message, fields) => logger.warn(fields, message),
    error: (message, fields) => logger.error(fields, message),
    child: (fields: LogFields) => logFrom(logger.child(fields))
  }
}

const colours = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const

function prettyLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as { level: LogLevel; time: string; msg: string }
  const details = Object.entries(fields).map(([name, value]) => `${name}=${detail(value)}`)
  const tail = details.length > 0 ? ` ${styleText('gray', details.join(' '))}` : ''
  return `${time.slice(11, 19)} ${styleText(colours[level], level.padEnd(5))} ${msg}${tail}\n`
}

function detail(value: unknown): string {
  const error = value as { readonly stack?: unknown } | null
  if (typeof error?.stack === 'string') return error.stack
  return typeof value === 'string' ? value : JSON.stringify(value)
}
