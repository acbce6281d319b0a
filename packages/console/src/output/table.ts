import { stripVTControlCharacters } from 'node:util'
import type { Paint } from './paint.ts'

/** Columns between two columns of a table. */
export const gutter = 2

/**
 * Rows under headings, without lines between them; columns that hold only numbers are aligned to the right. By hand, since
 * the time of cli-table3 grows with the square of the rows: 3,000 of them take seconds.
 */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const columns = headings.map((heading, column) => {
    const width = rows.reduce((widest, row) => Math.max(widest, displayWidth(row[column] ?? '')), displayWidth(heading))
    return { width, toRight: rows.every((row) => /^(-|[\d.,]+)$/.test(row[column] ?? '')) }
  })
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ width, toRight }, column) => padded(cells[column] ?? '', width, toRight))
      .join(' '.repeat(gutter))
      .trimEnd()
  return [paint.heading(line(headings)), ...rows.map(line)].join('\n')
}

/** Names and what they are, one a line. */
export function renderPairs(pairs: readonly (readonly [name: string, value: string])[], paint: Paint): string {
  const width = Math.max(...pairs.map(([name]) => name.length)) + gutter
  return pairs.map(([name, value]) => (paint.heading(padded(name, width, false)) + value).trimEnd()).join('\n')
}

/** Columns that a text fills on a terminal: none for styles and combining marks, two for wide characters (Unicode annex 11). */
export function displayWidth(text: string): number {
  if (/^[ -~…]*$/.test(text)) return text.length
  let width = 0
  for (const character of stripVTControlCharacters(text)) {
    if (/\p{Mark}/u.test(character)) continue
    width += wide.test(character) ? 2 : 1
  }
  return width
}

const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u

function padded(text: string, width: number, toRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return toRight ? space + text : text + space
}
