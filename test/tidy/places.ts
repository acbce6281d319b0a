import type { SourceFile } from './tree.ts'

/** The lines that `pattern` matches outside of comments, each with its place. */
export function placesOf(files: readonly SourceFile[], pattern: RegExp): string[] {
  return linesOf(files).flatMap(({ place, line }) => (pattern.test(line) && !isComment(line) ? [`${place}: ${line.trim()}`] : []))
}

/** The lines that `pattern` matches, comments too, each with its place. */
export function mentionsOf(files: readonly SourceFile[], pattern: RegExp): string[] {
  return linesOf(files).flatMap(({ place, line }) => (pattern.test(line) ? [`${place}: ${line.trim()}`] : []))
}

function linesOf(files: readonly SourceFile[]): { place: string; line: string }[] {
  return files.flatMap(({ path, text }) => text.split('\n').map((line, index) => ({ place: `${path}:${index + 1}`, line })))
}

function isComment(line: string): boolean {
  return /^\s*(\/\/|\/\*|\*)/.test(line)
}
