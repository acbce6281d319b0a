import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CloudError, isCloudError } from '@cloudpeer/core'
import { descriptionsBytesMax, descriptionsMax, emptySchema, lexemesMax, parseDescription, readDescriptions } from '@cloudpeer/model'

function failure(text: string): CloudError {
  try {
    readDescriptions(text, 'batch.yaml')
  } catch (error) {
    assert.ok(isCloudError(error, 'INVALID', 'MALFORMED'), String(error))
    assert.equal(error.fields.field, 'batch.yaml')
    return error
  }
  assert.fail(`${text.slice(0, 80)} is accepted`)
}

describe('readDescriptions', () => {
  const a = { name: 'a', attributes: { vcpus: 4, os: ['linux', 'windows'] } }
  const b = { name: 'b' }

  it('reads one or many, as YAML or JSON', () => {
    assert.deepEqual(readDescriptions('name: a\nattributes:\n  vcpus: 4\n  os: [linux, windows]\n'), [a])
    assert.deepEqual(readDescriptions('- {name: a, attributes: {vcpus: 4, os: [linux, windows]}}\n- name: b\n'), [a, b])
    assert.deepEqual(
      readDescriptions('---\nname: a\nattributes: {vcpus: 4, os: [linux, windows]}\n---\n# nothing\n---\n- name: b\n...\n'),
      [a, b]
    )
    for (const value of [[a, b], { services: [a, b] }]) assert.deepEqual(readDescriptions(JSON.stringify(value, null, 1)), [a, b])
  })

  it('follows aliases', () => {
    assert.deepEqual(
      readDescriptions('- name: a\n  attributes: &base {vcpus: 4, os: [linux, windows]}\n- name: b\n  attributes: *base\n'),
      [a, { ...b, attributes: a.attributes }]
    )
  })

  it('names line and column of what is no YAML', () => {
    const cases: readonly (readonly [text: string, line: number, column: number])[] = [
      ['name: a\nattributes: [1\nb: 2\n', 3, 1],
      ['name: a\nname: b\n', 2, 1],
      ['{"name": "a",\n "attributes": {"x": }}}', 2, 24],
      ['- name: a\n- name: *nowhere\n', 2, 3]
    ]
    for (const [text, line, column] of cases) {
      const { code, fields, message } = failure(text)
      assert.deepEqual([code, fields.line, fields.column], ['MALFORMED', line, column], message)
      assert.match(message, new RegExp(`line ${line}, column ${column}`))
    }
  })

  it('names line and column of what is no description', () => {
    const cases: readonly (readonly [text: string, line: number, column: number])[] = [
      ['just a text', 1, 1],
      ['- name: a\n- 7\n', 2, 3],
      ['- name: a\n-\n', 2, 2],
      ['services: 3\n', 1, 11],
      ['services: [{name: a}]\nmore: 1\n', 1, 1],
      ['services:\n  - x\n', 2, 5]
    ]
    for (const [text, line, column] of cases) {
      const { code, fields, message } = failure(text)
      assert.deepEqual([code, fields.line, fields.column], ['INVALID', line, column], message)
    }
    for (const text of ['', '---\n---\n', '[]', 'services: []', '# none']) assert.match(failure(text).message, /no description/)
  })

  it('refuses bombs', () => {
    const lines = [...'bcdefghi'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join()}]`)
    assert.match(failure(`name: x\na: &a [x, x, x, x, x, x, x, x, x]\n${lines.join('\n')}\n`).message, /alias/i)
    assert.equal(failure(`name: ${'['.repeat(50_000)}`).code, 'MALFORMED')
  })

  it('refuses what would take long or fill the memory', () => {
    const fields = Array.from({ length: 3000 }, (_, n) => `k${n}: ${n}`).join('\n')
    assert.match(failure(fields).message, /line 1, column 1: a map of more than fieldsMax, 256/)
    assert.match(failure(`name: x\nattributes: {? [a] : 1}\n`).message, /name is no text/)
    for (const marker of ['---\n', 'a\n...\n'])
      assert.match(failure(marker.repeat(descriptionsMax + 1)).message, /more documents than descriptionsMax/)
    assert.match(failure(`[${','.repeat(lexemesMax)}]`).message, /lexemesMax/)
  })

  it('leaves an alias of itself to be refused as a value', () => {
    const [cyclic] = readDescriptions('name: x\nattributes: {a: &a [*a]}\n')
    assert.throws(() => parseDescription(cyclic, emptySchema), { code: 'INVALID' })
  })

  it('bounds the text and the descriptions', () => {
    assert.match(failure(' '.repeat(descriptionsBytesMax + 1)).message, /descriptionsBytesMax/)
    assert.match(failure('é'.repeat(descriptionsBytesMax / 2 + 1)).message, /descriptionsBytesMax/)
    const list = (count: number): string => `[${Array.from({ length: count }, () => '{}').join()}]`
    assert.equal(readDescriptions(list(descriptionsMax)).length, descriptionsMax)
    assert.match(failure(list(descriptionsMax + 1)).message, /descriptionsMax, 10000/)
  })
})
