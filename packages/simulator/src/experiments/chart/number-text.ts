/** A number as people read it: at most three digits that count, or all before the point, in groups of three; `0.42` is `42 %`. */
export function numberText(value: number, unit = ''): string {
  if (unit === '%') return `${grouped(Number((value * 100).toPrecision(3)))} %`
  return grouped(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)))
}

function grouped(value: number): string {
  const [whole = '', fraction] = String(value).split('.')
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? groups : `${groups}.${fraction}`
}
