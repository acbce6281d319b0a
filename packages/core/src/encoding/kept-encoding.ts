import { compareBytes } from '../bytes/bytes.ts'
import { encode } from './encoding.ts'

/** The values whose encoding is kept, each with it once it was needed. */
const kept = new WeakMap<object, Uint8Array | undefined>()

/** Encoded texts that are keys of maps around kept values: there are as many as such messages have fields. */
const encodedKeys = new Map<string, Uint8Array>()
const encodedKeysMax = 1024

const [arrayHead, mapHead] = [0x80, 0xa0]

/** Says that a value never changes and is sent often, so that {@link encodeReusing} encodes it only once; returns the value. */
export function keepEncoding<T extends object>(value: T): T {
  kept.set(value, undefined)
  return value
}

/**
 * As `encode`, and the same bytes: but what is kept is copied. Kept values are looked for in maps and in lists, of which
 * the first item tells for all.
 */
export function encodeReusing(value: unknown): Uint8Array {
  if (!reachesKept(value)) return encode(value)
  const pieces: Uint8Array[] = []
  append(pieces, value)
  return Buffer.concat(pieces)
}

function reachesKept(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  if (kept.has(value)) return true
  if (Array.isArray(value)) return reachesKept(value[0])
  for (const key in value) if (reachesKept((value as Record<string, unknown>)[key])) return true
  return false
}

function append(pieces: Uint8Array[], value: unknown): void {
  if (!reachesKept(value)) pieces.push(encode(value))
  else if (kept.has(value as object)) pieces.push(keptEncoding(value as object))
  else if (Array.isArray(value)) {
    pieces.push(headFrom(arrayHead, value.length))
    for (const item of value) append(pieces, item)
  } else appendMap(pieces, value as Record<string, unknown>)
}

/** Deterministic CBOR orders the fields of a map by the bytes of their encoded keys. */
function appendMap(pieces: Uint8Array[], map: Readonly<Record<string, unknown>>): void {
  const fields = Object.entries(map).map(([key, field]) => ({ key: encodedKey(key), field }))
  fields.sort((a, b) => compareBytes(a.key, b.key))
  pieces.push(headFrom(mapHead, fields.length))
  for (const { key, field } of fields) {
    pieces.push(key)
    append(pieces, field)
  }
}

function keptEncoding(value: object): Uint8Array {
  let bytes = kept.get(value)
  if (bytes === undefined) {
    bytes = encode(value)
    kept.set(value, bytes)
  }
  return bytes
}

function encodedKey(key: string): Uint8Array {
  let bytes = encodedKeys.get(key)
  if (bytes === undefined) {
    bytes = encode(key)
    if (encodedKeys.size < encodedKeysMax) encodedKeys.set(key, bytes)
  }
  return bytes
}

/** The head of a list or a map is that of its length as an integer, with the major type in the upper three bits. */
function headFrom(major: number, length: number): Uint8Array {
  const head = encode(length)
  head[0] = (head[0] as number) | major
  return head
}
