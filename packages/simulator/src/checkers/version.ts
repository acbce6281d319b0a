/** Which version of a service a record is. */
export interface Version {
  readonly epoch: number
  readonly seq: number
}

/** Whether one version was signed before another. */
export function isOlder(a: Version, b: Version): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.seq < b.seq)
}
