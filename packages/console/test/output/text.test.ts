import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byteSize, counted, duration, printable, shortened, shortPeerId } from '../../src/output/text.ts'

test('durations have the precision that people need', () => {
  const cases: readonly [ms: number, text: string][] = [
    [0, '0 ms'],
    [3.14, '3.1 ms'],
    [9.96, '10 ms'],
    [42.4, '42 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [59_999, '59 s'],
    [184_000, '3 min 4 s'],
    [7_500_000, '2 h 5 min'],
    [90_000_000, '1 d 1 h']
  ]
  for (const [ms, text] of cases) assert.equal(duration(ms), text)
})

test('sizes are in the largest unit that gives at least one', () => {
  const cases: readonly [bytes: number, text: string][] = [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [3_250_586, '3.1 MiB'],
    [2 ** 60, '1048576 TiB']
  ]
  for (const [bytes, text] of cases) assert.equal(byteSize(bytes), text)
})

test('counts agree with their noun', () => {
  assert.deepEqual([counted(1, 'match', 'matches'), counted(0, 'node'), counted(3138, 'service')], ['1 match', '0 nodes', '3,138 services'])
})

test('texts from elsewhere are shown, not obeyed', () => {
  assert.equal(printable('a\u001b[31mb\r\n\u0085\u200b\u2028c é 日本'), 'a\\u{1b}[31mb\\u{d}\\u{a}\\u{85}\\u{200b}\\u{2028}c é 日本')
})

test('long texts are cut visibly', () => {
  assert.deepEqual([shortened('12345', 5), shortened('123456', 5)], ['12345', '1234…'])
  assert.equal(shortPeerId('12D3KooWabcdefgh'), '…abcdefgh')
  assert.equal(shortPeerId('n1'), 'n1')
})
