/** Most lists, maps and tags around one another in a message. What nodes send needs 6; the rest is room for later versions. */
export const nestingMax = 32

/**
 * Whether some item of a CBOR text has more than {@link nestingMax} around it: decoders recurse, and a stack holds some thousand. Reads
 * only heads, once, without recursion; what is malformed is left to the decoder.
 */
export function isNestedTooDeep(bytes: Uint8Array): boolean {
  const leftAround: number[] = []
  let left = 1
  for (let place = 0; place < bytes.length; ) {
    const head = bytes[place++] as number
    const size = argumentSize(head)
    const argument = size === 0 ? head & 31 : bigEndian(bytes, place, size)
    place += size + contentBytes(head, argument)
    left--
    const inside = itemsInside(head, argument)
    if (inside > 0 && leftAround.push(left) > nestingMax) return true
    if (inside > 0) left = inside
    while (left === 0 && leftAround.length > 0) left = leftAround.pop() as number
  }
  return false
}

/** Bytes of a head's argument after its first byte (RFC 8949, section 3). */
function argumentSize(head: number): number {
  const low = head & 31
  return low < 24 || low > 27 ? 0 : 1 << (low - 24)
}

function bigEndian(bytes: Uint8Array, from: number, size: number): number {
  let value = 0
  for (let place = from; place < from + size; place++) value = value * 256 + (bytes[place] as number)
  return value
}

/** Byte strings and texts have major types 2 and 3. */
function contentBytes(head: number, argument: number): number {
  return head >= 0x40 && head < 0x80 ? argument : 0
}

/** Lists, maps and tags have major types 4, 5 and 6. */
function itemsInside(head: number, argument: number): number {
  if (head < 0x80 || head >= 0xe0) return 0
  if (head >= 0xc0) return 1
  return head < 0xa0 ? argument : 2 * argument
}
