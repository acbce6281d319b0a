/** A text from another machine as it may go to a terminal: control and formatting characters are shown, not obeyed. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

/** The first `lengthMax` characters of a text, the last of them `…` where it was longer. */
export function shortened(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`
}

/** The end of a peer id, which differs between nodes; all Ed25519 ids begin alike. */
export function shortPeerId(peerId: string): string {
  return peerId.length <= 12 ? printable(peerId) : `…${printable(peerId.slice(-8))}`
}

/** `1 node`, `2 nodes`, `3,138 nodes`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`
}

/** A number with its thousands grouped. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

/** A duration in ms with the precision that people need: `3.1 ms`, `12 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  const hours = Math.floor(minutes / 60)
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** A size in bytes in the largest unit that gives at least 1. */
export function byteSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${units[power]}`
}
