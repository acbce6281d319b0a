/**
 * The first well-formed text, in order of code unit, after all that start with `prefix`; undefined where there is none.
 * A half of a surrogate pair would not survive the encoding as UTF-8, so that the step is made in code points.
 */
export function textAfterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number)
  while (points.length > 0) {
    const next = nextCodePoint(points.pop() as number)
    if (next !== undefined) return String.fromCodePoint(...points, next)
  }
  return undefined
}

/** The next code point in UTF-16 order, in which the supplementary planes lie between U+D7FF and U+E000. */
function nextCodePoint(point: number): number | undefined {
  if (point === 0xd7ff) return 0x10000
  if (point === 0x10ffff) return 0xe000
  return point === 0xffff ? undefined : point + 1
}
