import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelHeight, spreadLabels } from '../../../src/experiments/chart/end-labels.ts'
import { numberText } from '../../../src/experiments/chart/number-text.ts'
import { renderChart } from '../../../src/experiments/chart/render-chart.ts'
import { scaleFor } from '../../../src/experiments/chart/scale.ts'

test('a linear axis has round ticks and holds all values', () => {
  const scale = scaleFor({ label: '', scale: 'linear' }, [3, 17.2], 100)
  assert.deepEqual(scale.ticks, [0, 5, 10, 15, 20])
  assert.equal(scale.place(0), 0)
  assert.equal(scale.place(20), 100)
  assert.deepEqual(scaleFor({ label: '', scale: 'linear', from: 0, to: 1 }, [0.4], 100).ticks, [0, 0.2, 0.4, 0.6, 0.8, 1])
})

test('an axis of nothing but zeros, or of one value, can be drawn', () => {
  assert.ok(Number.isFinite(scaleFor({ label: '', scale: 'linear' }, [0, 0], 100).place(0)))
  assert.ok(Number.isFinite(scaleFor({ label: '', scale: 'log' }, [10], 100).place(10)))
})

test('a logarithmic axis has a tick at each power of ten and between', () => {
  const scale = scaleFor({ label: '', scale: 'log' }, [10, 1000], 100)
  assert.deepEqual(scale.ticks, [10, 30, 100, 300, 1000])
  assert.equal(Math.round(scale.place(100)), 50)
})

test('numbers are read by people', () => {
  assert.deepEqual(
    [numberText(12_345.6), numberText(0.98765, '%'), numberText(2.3456), numberText(0), numberText(1, '%'), numberText(1234567)],
    ['12,346', '98.8 %', '2.35', '0', '100 %', '1,234,567']
  )
})

test('labels that would lie on each other move apart and stay on the picture', () => {
  const labels = [100, 101, 102, 10, 396].map((y) => ({ text: `${y}`, colour: 0, y }))
  const places = spreadLabels(labels, 10, 400).map(({ labelY }) => labelY)
  for (let i = 1; i < places.length; i++) assert.ok((places[i] as number) - (places[i - 1] as number) >= labelHeight - 0.01, `${places}`)
  assert.ok(Math.min(...places) >= 10 && Math.max(...places) <= 400)
})

test('a chart names its axes with their units and each line twice, and texts stay texts', () => {
  const axis = { label: 'load', unit: '1/s', scale: 'linear' } as const
  const line = {
    name: 'a < b & c',
    colour: 1,
    points: [
      { x: 0, y: 0.1 },
      { x: 5, y: 0.9 }
    ]
  }
  const svg = renderChart({ title: 'Title', subtitle: 'sub', x: axis, y: { ...axis, label: 'success', unit: '%' }, lines: [line] })
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 800 500" width="800" height="500"/)
  for (const text of ['load, 1/s', 'success, %', 'Title', '100 %']) assert.ok(svg.includes(`>${text}<`), text)
  assert.equal(svg.split('a &lt; b &amp; c').length - 1, 2)
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/)
})
