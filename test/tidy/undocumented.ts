import type { SourceFile } from './tree.ts'

const declaration = /^export (declare |abstract |async )*(function|class|const|let|interface|type)\*? [\w$]/

/**
 * The exported declarations without a doc comment, each with its place. Exports on lines of their own right below a
 * documented one share its comment.
 */
export function undocumentedExports({ path, text }: SourceFile): string[] {
  const lines = text.split('\n')
  return lines.flatMap((line, index) => (declaration.test(line) && !isDocumented(lines, index) ? [`${path}:${index + 1}: ${line}`] : []))
}

function isDocumented(lines: readonly string[], index: number): boolean {
  const above = lines[index - 1] ?? ''
  return above.endsWith('*/') || (declaration.test(above) && !above.endsWith('{') && isDocumented(lines, index - 1))
}
