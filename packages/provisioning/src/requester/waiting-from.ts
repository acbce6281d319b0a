import { conjuncts, type Schema } from '@cloudpeer/model'
import type { ReplyOf } from '@cloudpeer/transport'
import { eachAmount } from '../documents/each-amount.ts'
import type { CapacityRequest } from '../documents/request.ts'
import type { censusProtocol } from '../protocols/match.ts'
import type { Waiting, WaitingTerm } from '../provisioning.ts'

/** What one matcher counted. */
type Counts = ReplyOf<typeof censusProtocol>

/** What was counted, and by how many of those who were asked. */
export interface Counted {
  readonly asked: number
  readonly answered: number
  readonly counts: readonly Counts[]
}

/** Why a request waits, by counts of cells that have no owner in common. */
export function waitingFrom({ asked, answered, counts }: Counted, { expression, amounts }: CapacityRequest, schema: Schema): Waiting {
  const texts = [...conjuncts(expression, schema), ...eachAmount(amounts)].map(({ text }) => text)
  const terms = texts.map((term, index) => ({
    term,
    owners: sum(counts, (each) => each.terms[index]?.[0] ?? 0),
    fitWithout: sum(counts, (each) => each.terms[index]?.[1] ?? 0)
  }))
  const fitNow = sum(counts, (each) => each.fitNow)
  const excludesMost = mostWithout(terms, fitNow)
  return {
    owners: sum(counts, ({ owners }) => owners),
    asked,
    answered,
    matching: sum(counts, ({ matching }) => matching),
    couldEver: sum(counts, ({ couldEver }) => couldEver),
    fitNow,
    pausing: sum(counts, ({ pausing }) => pausing),
    terms,
    ...(excludesMost === undefined ? {} : { excludesMost })
  }
}

function mostWithout(terms: readonly WaitingTerm[], fitNow: number): string | undefined {
  const most = terms.reduce<WaitingTerm | undefined>(
    (best, term) => (term.fitWithout > (best?.fitWithout ?? fitNow) ? term : best),
    undefined
  )
  return most?.term
}

function sum(counts: readonly Counts[], of: (each: Counts) => number): number {
  return counts.reduce((total, each) => total + of(each), 0)
}
