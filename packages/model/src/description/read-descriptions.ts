import { CloudError, errorMessage, isCloudError } from '@cloudpeer/core'
import { type Document, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, parseAllDocuments, visit, type YAMLMap } from 'yaml'
import { textBytes } from '../attributes/text-bytes.ts'

/** The longest text that descriptions are read from, in bytes. */
export const descriptionsBytesMax = 8 * 1024 * 1024

/** The most descriptions in one text. */
export const descriptionsMax = 10_000

/** How often aliases may repeat an anchor before a text is taken for an attack, as `yaml` counts them. */
export const aliasesMax = 100

/** The most lexemes of a text, as `yaml` splits it: a bound on the memory of its syntax tree, some hundreds of bytes for each. */
export const lexemesMax = 2_000_000

/** The most fields of one map. */
export const fieldsMax = 256

/** The lexemes between the documents of a text. */
const documentMarkers = new Set(['---', '...'])

interface Source {
  readonly field: string
  readonly lines: LineCounter
}

/**
 * The plain data of the descriptions in a YAML 1.2 or JSON text: one map, a list, `{services: [...]}`, or several YAML
 * documents of these. `parseDescription` takes each further. MALFORMED for what is no YAML, INVALID for another shape, both
 * with `line` and `column` (from 1).
 */
export function readDescriptions(text: string, field = 'text'): unknown[] {
  checkSize(text, field)
  const source = { field, lines: new LineCounter() }
  // The parser's own check for unique keys compares each with each; plainData has one that does not.
  const documents = parseAllDocuments(text, { lineCounter: source.lines, prettyErrors: false, logLevel: 'error', uniqueKeys: false })
  const descriptions: unknown[] = []
  for (const document of documents) {
    checkSyntax(document, source)
    for (const node of descriptionNodes(document.contents, source)) {
      if (descriptions.length === descriptionsMax)
        throw shapeError(node, `more than descriptionsMax, ${descriptionsMax} descriptions`, source)
      descriptions.push(plainData(node, document, source))
    }
  }
  if (descriptions.length === 0) throw new CloudError('INVALID', { field, problem: 'has no description' })
  return descriptions
}

function checkSize(text: string, field: string): void {
  if (text.length > descriptionsBytesMax || textBytes(text) > descriptionsBytesMax) {
    throw new CloudError('INVALID', { field, problem: `is longer than descriptionsBytesMax, ${descriptionsBytesMax} bytes` })
  }
  let lexemes = 0
  let markers = 0
  for (const lexeme of new Lexer().lex(text)) {
    if (documentMarkers.has(lexeme) && ++markers > descriptionsMax) {
      throw new CloudError('INVALID', { field, problem: `has more documents than descriptionsMax, ${descriptionsMax}` })
    }
    if (++lexemes > lexemesMax) throw new CloudError('INVALID', { field, problem: `has more lexemes than lexemesMax, ${lexemesMax}` })
  }
}

function checkSyntax(document: Pick<Document.Parsed, 'errors'>, source: Source): void {
  const [error] = document.errors
  if (error !== undefined) throw malformed(error.message, error.pos[0], source)
}

function descriptionNodes(contents: Node | null, source: Source): readonly Node[] {
  if (contents === null || isEmpty(contents)) return []
  if (isSeq(contents)) return (contents.items as Node[]).map((item) => requireMap(item, source))
  const map = requireMap(contents, source)
  const services = isMap(map) ? map.get('services', true) : undefined
  if (services === undefined) return [map]
  if (isMap(map) && map.items.length > 1) throw shapeError(map, 'services stands beside other fields', source)
  if (!isSeq(services)) throw shapeError(services as Node, 'services must be a list of descriptions', source)
  return (services.items as Node[]).map((item) => requireMap(item, source))
}

/** An empty document, as between two `---`, holds a null without text. */
function isEmpty(node: Node): boolean {
  return 'value' in node && node.value === null
}

function requireMap(node: Node, source: Source): Node {
  if (isMap(node) || isAlias(node)) return node
  throw shapeError(node, 'a description must be a map with a name', source)
}

function plainData(node: Node, document: Document.Parsed, source: Source): unknown {
  try {
    visit(node, { Map: (_, map) => checkFields(map, source) })
    return node.toJS(document, { maxAliasCount: aliasesMax })
  } catch (error) {
    throw isCloudError(error) ? error : malformed(errorMessage(error), node.range?.[0] ?? 0, source)
  }
}

function checkFields(map: YAMLMap, source: Source): void {
  if (map.items.length > fieldsMax) throw shapeError(map, `a map of more than fieldsMax, ${fieldsMax} fields`, source)
  const names = new Set<unknown>()
  for (const { key } of map.items) {
    if (!isScalar(key)) throw shapeError(map, 'a field whose name is no text', source)
    if (names.has(key.value)) throw malformed(`the field ${String(key.value).slice(0, 64)} is there twice`, key.range?.[0] ?? 0, source)
    names.add(key.value)
  }
}

function malformed(problem: string, offset: number, source: Source): CloudError {
  const { line, column } = place(offset, source)
  return new CloudError('MALFORMED', { field: source.field, problem: `line ${line}, column ${column}: ${problem}`, line, column })
}

function shapeError(node: Node | null, problem: string, source: Source): CloudError {
  const { line, column } = place(node?.range?.[0] ?? 0, source)
  return new CloudError('INVALID', { field: source.field, problem: `line ${line}, column ${column}: ${problem}`, line, column })
}

function place(offset: number, { lines }: Source): { readonly line: number; readonly column: number } {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}
