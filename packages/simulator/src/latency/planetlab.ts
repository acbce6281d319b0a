import { gunzipSync } from 'node:zlib'
import { CloudError, errorMessage } from '@cloudpeer/core'

/** The largest matrix that is read, in bytes: ten times that of 490 hosts. */
const matrixBytesMax = 16 * 1024 * 1024

/** Reads a square matrix of round-trip times in ms, one line a row, tab separated, compressed by gzip. INVALID. */
export function matrixFromFile(path: string, readFile: (path: string) => Uint8Array): readonly Float64Array[] {
  const rows = linesOf(path, readFile).map((line) => Float64Array.from(line.split('\t'), Number))
  const square = rows.length > 1 && rows.every((row) => row.length === rows.length && row.every((ms) => ms >= 0 && ms < Infinity))
  if (!square) throw invalid(path, 'is not a square matrix of times')
  return rows
}

function linesOf(path: string, readFile: (path: string) => Uint8Array): string[] {
  try {
    return gunzipSync(readFile(path), { maxOutputLength: matrixBytesMax }).toString('latin1').trimEnd().split('\n')
  } catch (error) {
    throw invalid(path, errorMessage(error), error)
  }
}

function invalid(path: string, problem: string, cause?: unknown): CloudError {
  return new CloudError('INVALID', { field: 'path', path, problem }, { cause })
}
