import { type Answer, type Client, queryLimitMax, type queryRoute, type RequestOf } from '@cloudpeer/api'

/** The most matches that one command collects; an answer that holds so many says `more` if further ones follow. */
export const collectedMatchesMax = 100_000

/** The most pages that one command asks for: a bound on the work where a node answers with ever emptier pages. */
export const pagesMax = 500

/** What is asked of every page. */
export type PagedQuery = Omit<RequestOf<typeof queryRoute>, 'limit' | 'after'>

/**
 * Asks for page after page until `limit` matches are there or none follow, and merges them into one answer: matches in
 * order, `partial` if any page was, `missing` of all, `messages` and `latencyMs` added up, `nodesAsked` of the page that
 * asked the most (pages ask the same nodes again), the plan of the first page, and `more` and `next` of the last.
 */
export async function queryPages(client: Client, query: PagedQuery, limit: number): Promise<Answer> {
  let answer = await client.query({ ...query, limit: Math.min(limit, queryLimitMax) })
  for (let pages = 1; answer.more && answer.next !== undefined && answer.matches.length < limit && pages < pagesMax; pages++) {
    const room = Math.min(limit - answer.matches.length, queryLimitMax)
    answer = merged(answer, await client.query({ ...query, limit: room, after: answer.next }))
  }
  return answer
}

function merged(sofar: Answer, page: Answer): Answer {
  const { explain, stats } = sofar
  return {
    ...page,
    matches: [...sofar.matches, ...page.matches],
    partial: sofar.partial || page.partial,
    missing: [...new Set([...sofar.missing, ...page.missing])],
    stats: {
      nodesAsked: Math.max(stats.nodesAsked, page.stats.nodesAsked),
      messages: stats.messages + page.stats.messages,
      latencyMs: stats.latencyMs + page.stats.latencyMs
    },
    ...(explain && { explain: { terms: explain.terms, asked: [...explain.asked, ...(page.explain?.asked ?? [])] } })
  }
}
