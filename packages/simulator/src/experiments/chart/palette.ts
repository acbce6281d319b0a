import { element, type Svg } from './svg.ts'

/** Colours that people tell apart whatever colours they see (Okabe and Ito, 2008), dark enough for lines on a light ground. */
const colours = ['#d55e00', '#0072b2', '#009e73', '#a2558a', '#8a6d00', '#333333'] as const

/** The colour of a place in the palette. */
export function colourAt(place: number): string {
  return colours[place % colours.length] as string
}

/** A marker around a point: its shape tells the line where its colour does not. */
export function markerAt(place: number, x: number, y: number): Svg {
  const fill = { fill: colourAt(place), stroke: '#ffffff', 'stroke-width': 1 }
  switch (place % 4) {
    case 0:
      return element('circle', { cx: x, cy: y, r: 4.5, ...fill })
    case 1:
      return element('rect', { x: x - 4, y: y - 4, width: 8, height: 8, ...fill })
    case 2:
      return element('path', { d: `M${x.toFixed(1)} ${(y - 5.5).toFixed(1)}l5 9h-10z`, ...fill })
    default:
      return element('path', { d: `M${x.toFixed(1)} ${(y - 5.5).toFixed(1)}l5.5 5.5l-5.5 5.5l-5.5 -5.5z`, ...fill })
  }
}
