/**
 * The name among `names` that a misspelt one most likely means: one of which it is the beginning or the other way round, or
 * one that is few edits away; of several the nearest, then the first by code unit.
 */
export function similarName(name: string, names: readonly string[]): string | undefined {
  const editsMax = editsAllowed(name.length)
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of names) {
    const isPrefix = name.startsWith(candidate) || candidate.startsWith(name)
    const distance = isPrefix ? Math.abs(name.length - candidate.length) : editDistance(name, candidate, editsMax)
    if (distance < bestDistance || (distance === bestDistance && best !== undefined && candidate < best)) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Two edits or a third of the name, but always less than half of it: two edits make any two names of two letters equal. */
function editsAllowed(length: number): number {
  return Math.min(Math.max(2, length / 3), (length - 1) / 2)
}

/** The fewest insertions, deletions and replacements that turn `a` into `b` (Levenshtein, 1966); infinite above `max`. */
function editDistance(a: string, b: string, max: number): number {
  if (Math.abs(a.length - b.length) > max) return Number.POSITIVE_INFINITY
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, (previous[j] as number) + 1, (row[j - 1] as number) + 1))
    }
    if (Math.min(...row) > max) return Number.POSITIVE_INFINITY
    previous = row
  }
  const distance = previous[b.length] as number
  return distance > max ? Number.POSITIVE_INFINITY : distance
}
