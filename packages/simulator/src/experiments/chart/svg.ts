/** One element of a picture, as text. */
export type Svg = string

/** An element with attributes, around texts that are elements themselves. */
export function element(name: string, attributes: Readonly<Record<string, string | number>>, ...children: readonly Svg[]): Svg {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? rounded(value) : escaped(value)}"`
  )
  return children.length === 0 ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${children.join('')}</${name}>`
}

/** A text that stands in a picture as it is. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** A tenth of a pixel is as fine as anybody sees, and equal everywhere. */
export function rounded(value: number): string {
  return String(Math.round(value * 10) / 10)
}
