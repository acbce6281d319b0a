/** A text beside the end of a line. */
export interface EndLabel {
  readonly text: string
  readonly colour: number
  /** Where the line ends, in pixels from the top. */
  readonly y: number
}

/** Height of a line of text, in pixels. */
export const labelHeight = 15

/** Moves labels apart that would lie on each other, as little as possible, within `top` and `bottom`; from the top down. */
export function spreadLabels(
  labels: readonly EndLabel[],
  top: number,
  bottom: number
): readonly (EndLabel & { readonly labelY: number })[] {
  const sorted = [...labels].sort((a, b) => a.y - b.y)
  const places = sorted.map(({ y }) => Math.max(top, Math.min(y, bottom)))
  for (let pass = 0; pass < sorted.length * 4; pass++) {
    for (let i = 1; i < places.length; i++) {
      const overlap = labelHeight - ((places[i] as number) - (places[i - 1] as number))
      if (overlap <= 0) continue
      places[i - 1] = Math.max(top + (i - 1) * labelHeight, (places[i - 1] as number) - overlap / 2)
      places[i] = Math.max((places[i - 1] as number) + labelHeight, (places[i] as number) + overlap / 2)
    }
    const over = (places.at(-1) ?? 0) - bottom
    if (over > 0) places[places.length - 1] = bottom
  }
  return sorted.map((label, index) => ({ ...label, labelY: places[index] as number }))
}
