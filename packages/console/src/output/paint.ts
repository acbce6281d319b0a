import { styleText } from 'node:util'

/** How text stands out. Without colours every style is the text itself. */
export interface Paint {
  heading(text: string): string
  quiet(text: string): string
  good(text: string): string
  warning(text: string): string
  bad(text: string): string
}

type Style = Parameters<typeof styleText>[0]

/** The styles of an output that takes colours, or of one that does not. */
export function createPaint(colors: boolean): Paint {
  const painter = (style: Style) => (text: string) => (colors ? styleText(style, text, { validateStream: false }) : text)
  return {
    heading: painter('bold'),
    quiet: painter('dim'),
    good: painter('green'),
    warning: painter(['bold', 'yellow']),
    bad: painter(['bold', 'red'])
  }
}
