/** What a log line may carry beside its sentence. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where events that people read later are written. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A log that adds `fields` to each line. */
  child(fields: LogFields): Log
}

/** Keeps nothing. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog
}
