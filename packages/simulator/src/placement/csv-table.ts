import { CloudError, errorMessage } from '@cloudpeer/core'

/** Bytes of a file that is read: ten times the largest trace known. */
const fileBytesMax = 64 * 1024 * 1024
/** Rows of a file that is read. */
const rowsMax = 1_000_000

/** Reads a whole file. */
export type ReadFile = (path: string) => Uint8Array

/** One row: its values by the names of the columns. */
export interface CsvRow {
  /** The text of a column. INVALID if the file has no such column. */
  text(column: string): string
  /** A whole number from 0 to `max`. INVALID, naming file, line and column. */
  whole(column: string, max: number): number
  /** The same, or undefined where nothing stands. */
  optional(column: string, max: number): number | undefined
}

/** The rows of a file of comma-separated values without quotes, whose first line names the columns. INVALID, naming file and line. */
export function readCsv(directory: string, name: string, readFile: ReadFile): readonly CsvRow[] {
  const [head = '', ...lines] = textOf(directory, name, readFile).trimEnd().split(/\r?\n/)
  if (lines.length > rowsMax) throw invalid(name, `has ${lines.length} lines, more than ${rowsMax}`)
  const columns = head.split(',')
  return lines.map((line, index) => {
    const values = line.split(',')
    const where = `${name} line ${index + 2}`
    if (values.length !== columns.length) throw invalid(where, `has ${values.length} fields, not ${columns.length}`)
    return rowOf(where, columns, values)
  })
}

function rowOf(where: string, columns: readonly string[], values: readonly string[]): CsvRow {
  function text(column: string): string {
    const value = values[columns.indexOf(column)]
    if (value === undefined) throw invalid(where, `there is no column ${column}`)
    return value
  }
  function whole(column: string, max: number): number {
    const value = text(column)
    if (/^\d{1,15}$/.test(value) && Number(value) <= max) return Number(value)
    throw invalid(`${where}, ${column}`, `must be a whole number from 0 to ${max}, not ${JSON.stringify(value.slice(0, 64))}`)
  }
  return { text, whole, optional: (column, max) => (text(column) === '' ? undefined : whole(column, max)) }
}

function textOf(directory: string, name: string, readFile: ReadFile): string {
  const bytes = bytesOf(`${directory}/${name}`, name, readFile)
  if (bytes.length > fileBytesMax) throw invalid(name, `has ${bytes.length} bytes, more than ${fileBytesMax}`)
  return Buffer.from(bytes).toString('utf8')
}

function bytesOf(path: string, name: string, readFile: ReadFile): Uint8Array {
  try {
    return readFile(path)
  } catch (error) {
    throw invalid(name, errorMessage(error), error)
  }
}

function invalid(field: string, problem: string, cause?: unknown): CloudError {
  return new CloudError('INVALID', { field, problem }, { cause })
}
