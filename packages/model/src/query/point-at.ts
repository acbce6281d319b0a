/** The expression with a caret in a line of its own below the place that an error names by its `position`. */
export function pointAt(expression: string, position: number): string {
  const offset = Math.max(0, Math.min(expression.length, Math.trunc(position) - 1))
  const lineStart = expression.slice(0, offset).lastIndexOf('\n') + 1
  const newline = expression.indexOf('\n', offset)
  const lineEnd = newline === -1 ? expression.length : newline
  // One blank for each code point; tabs stay, so that the caret moves with them.
  const margin = expression.slice(lineStart, offset).replace(/[^\t]/gu, ' ')
  return `${expression.slice(0, lineEnd)}\n${margin}^${expression.slice(lineEnd)}`
}
