/** An output that may be a terminal. */
export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** All that `cloudpeer simulate` knows of the process that it runs in. */
export interface Io {
  readonly stdout: Output
  readonly stderr: Output
}
