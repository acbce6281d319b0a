import type { Query, Term } from '@cloudpeer/model'
import { nameAttribute, type Shard, shardId } from '../shard/shard.ts'

/** What the planner knows of the network. */
export interface PlannerKnowledge {
  shards(): readonly Shard[]
  /** Whether this node can answer for the shard itself. */
  isLocal(shard: Shard): boolean
  /** Rows that a replica of the shard was last seen to hold. */
  rowsHeld(shard: Shard): number
  /** Share of the rows that a term needs, from 0 to 1, estimated from the rows at hand. */
  selectivity(term: Term): number
}

/** What one shard would cost for one term. */
export interface Candidate {
  readonly shard: Shard
  readonly estimatedRows: number
  readonly estimatedCost: number
}

/** Which shards are asked for what. */
export interface Plan {
  /** The terms, each with the shards that hold everything it can match, cheapest first. */
  readonly terms: readonly { readonly expression: string; readonly candidates: readonly Candidate[] }[]
  /** The shards to ask, each for the expression of its terms. */
  readonly parts: readonly { readonly shard: Shard; readonly expression: string }[]
}

/**
 * What asking another node costs, in rows looked at: a round trip on a session takes about as long as looking at a few
 * hundred rows, and a node saved is a node that can do something else.
 */
export const messageCostRows = 500

/**
 * Plans a query: for each term the cheapest shard that holds everything the term can match, or one shard for all terms
 * where that costs less. A term can use the shard of an attribute if it requires the attribute to have some value; the
 * shard of the names can serve every term. Undefined where a term has no shard but those of `missing`, which are named by their ids.
 */
export function planQuery(query: Query, knowledge: PlannerKnowledge, missing: ReadonlySet<string> = new Set()): Plan | undefined {
  const terms = query.terms ?? [{ text: query.text, constraints: [], matches: query.matches }]
  const considered = terms.map((term) => ({ expression: term.text, candidates: candidatesFor(term, knowledge, missing) }))
  if (considered.some(({ candidates }) => candidates.length === 0)) return undefined
  const separate = considered.map(({ candidates }) => candidates[0]?.shard as Shard)
  const single = cheapestForAll(
    considered.map(({ candidates }) => candidates),
    knowledge
  )
  const chosen = single !== undefined && single.cost <= costOf(separate, considered, knowledge) ? terms.map(() => single.shard) : separate
  return { terms: considered, parts: partsFrom(query, terms, chosen) }
}

function candidatesFor(term: Term, knowledge: PlannerKnowledge, missing: ReadonlySet<string>): Candidate[] {
  const required = new Set(term.constraints.map(({ attribute }) => attribute))
  const selectivity = knowledge.selectivity(term)
  return knowledge
    .shards()
    .filter((shard) => (shard.attribute === nameAttribute || required.has(shard.attribute)) && !missing.has(shardId(shard)))
    .map((shard) => {
      const estimatedRows = Math.ceil(knowledge.rowsHeld(shard) * selectivity)
      return { shard, estimatedRows, estimatedCost: estimatedRows + messageCost(shard, knowledge) }
    })
    .sort(
      (a, b) =>
        a.estimatedCost - b.estimatedCost || Number(a.shard.attribute === nameAttribute) - Number(b.shard.attribute === nameAttribute)
    )
}

function cheapestForAll(
  terms: readonly (readonly Candidate[])[],
  knowledge: PlannerKnowledge
): { readonly shard: Shard; readonly cost: number } | undefined {
  const everywhere = (terms[0] ?? []).filter(({ shard }) => terms.every((candidates) => candidates.some((other) => other.shard === shard)))
  const costs = everywhere.map(({ shard }) => ({
    shard,
    cost: costOf(
      terms.map(() => shard),
      terms.map((candidates) => ({ candidates })),
      knowledge
    )
  }))
  return costs.sort((a, b) => a.cost - b.cost)[0]
}

/** A shard that serves several terms looks at each of its rows at most once. */
function costOf(
  shards: readonly Shard[],
  terms: readonly { readonly candidates: readonly Candidate[] }[],
  knowledge: PlannerKnowledge
): number {
  const rows = new Map<Shard, number>()
  shards.forEach((shard, index) => {
    const estimated = terms[index]?.candidates.find((candidate) => candidate.shard === shard)?.estimatedRows ?? 0
    rows.set(shard, Math.min((rows.get(shard) ?? 0) + estimated, knowledge.rowsHeld(shard)))
  })
  return [...rows].reduce((sum, [shard, count]) => sum + count + messageCost(shard, knowledge), 0)
}

function messageCost(shard: Shard, knowledge: PlannerKnowledge): number {
  return knowledge.isLocal(shard) ? 0 : messageCostRows
}

/** Terms for one shard travel together; a shard that serves all of them is asked for the query as it was written. */
function partsFrom(query: Query, terms: readonly Term[], chosen: readonly Shard[]): Plan['parts'] {
  const shards = [...new Set(chosen)]
  if (shards.length === 1) return shards.map((shard) => ({ shard, expression: query.text }))
  return shards
    .map((shard) => ({
      shard,
      expression: terms
        .filter((_, index) => chosen[index] === shard)
        .map(({ text }) => `(${text})`)
        .join(' || ')
    }))
    .sort((a, b) => (shardId(a.shard) < shardId(b.shard) ? -1 : 1))
}
