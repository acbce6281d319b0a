import type { Explanation, Match, QueryAnswer, QueryRequest } from '@cloudpeer/registry'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'

/** Pages after which an answer counts as endless. */
const pagesMax = 1_000

/** Asks for page after page, and makes one answer of them: what any of them lacks it lacks. */
export async function allPages({ registry }: SimulatedNode, request: QueryRequest): Promise<QueryAnswer> {
  const matches: Match[] = []
  const missing = new Set<string>()
  const asked: Explanation['asked'][number][] = []
  for (let after: string | undefined, pages = 1; ; pages++) {
    const answer = await registry.query({ ...request, ...(after !== undefined && { after }) })
    matches.push(...answer.matches)
    for (const shard of answer.missing) missing.add(shard)
    asked.push(...(answer.explain?.asked ?? []))
    if (answer.next === undefined)
      return {
        ...answer,
        matches,
        missing: [...missing],
        partial: missing.size > 0,
        ...(answer.explain && { explain: { ...answer.explain, asked } })
      }
    if (pages === pagesMax) throw new Error(`${request.expression} has no last page`)
    after = answer.next
  }
}
