import { submitProtocol } from '@cloudpeer/provisioning/protocols'
import type { Checker } from '../checker.ts'
import { baseCellsOf } from './capacity-space.ts'
import { requestFields } from './lease-fields.ts'

/** A matcher that takes a request for a cell hears of the offers there: it follows the topics of all cells of the grid that this one is made of. */
export const matchersFollowTheirCells: Checker = {
  name: 'anytime_matchers_follow_their_cells',
  watch({ exchanges }) {
    const problems: string[] = []
    exchanges.on(submitProtocol, ({ to, request: { requests }, reply }) => {
      const topics = exchanges.topicsOf(to)
      const refused = new Set(reply.refused.map(({ index }) => index))
      for (const { request, cells } of requests.filter((_, index) => !refused.has(index))) {
        const unheard = cells.filter(([cell]) => !baseCellsOf(cell).every((base) => topics.has(`cell/${base}`)))
        for (const [cell] of unheard)
          problems.push(`${to} took request ${requestFields(request).id} in ${cell}, of which it hears no offers`)
      }
    })
    return () => problems.splice(0)
  }
}
