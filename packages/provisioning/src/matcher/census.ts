import type { PeerId } from '@cloudpeer/core'
import { type Amounts, type Conjunct, conjuncts, fits, type Schema } from '@cloudpeer/model'
import type { ReplyOf } from '@cloudpeer/transport'
import { eachAmount } from '../documents/each-amount.ts'
import type { CapacityRequest } from '../documents/request.ts'
import type { OwnerView } from '../matching/index.ts'
import type { censusProtocol } from '../protocols/match.ts'

/** What is counted. */
type Counts = ReplyOf<typeof censusProtocol>

/** What an owner is asked about one term of an expression, or one amount. */
interface Question {
  /** Whether the owner satisfies it, whatever of it is taken. */
  holds(owner: OwnerView): boolean
  /** Whether the owner would fit now without it. */
  fitsWithout(owner: OwnerView): boolean
}

/**
 * Counts what some owners have for a request: by itself each term of the expression, and then each amount. `isPausing` says which of them hold nothing
 * for its requester now. Errors as `compileQuery`.
 */
export function countOwners(
  { expression, amounts }: CapacityRequest,
  schema: Schema,
  owners: readonly OwnerView[],
  isPausing: (owner: PeerId) => boolean
): Counts {
  const terms = conjuncts(expression, schema)
  const questions = [...terms.map((term) => questionOfTerm(term, terms, amounts)), ...questionsOfAmounts(terms, amounts)]
  const matching = owners.filter((owner) => matchesAll(terms, owner))
  const fitting = matching.filter(({ free }) => fits(free, amounts))
  return {
    owners: owners.length,
    matching: matching.length,
    couldEver: matching.filter(({ total }) => fits(total, amounts)).length,
    fitNow: fitting.length,
    pausing: fitting.filter(({ owner }) => isPausing(owner)).length,
    terms: questions.map(({ holds, fitsWithout }): [number, number] => [owners.filter(holds).length, owners.filter(fitsWithout).length])
  }
}

function questionOfTerm(term: Conjunct, terms: readonly Conjunct[], amounts: Amounts): Question {
  const others = terms.filter((each) => each !== term)
  return {
    holds: (owner) => matchesAll([term], owner),
    fitsWithout: (owner) => fits(owner.free, amounts) && matchesAll(others, owner)
  }
}

function questionsOfAmounts(terms: readonly Conjunct[], amounts: Amounts): readonly Question[] {
  return eachAmount(amounts).map(({ alone, without }) => ({
    holds: ({ total }) => fits(total, alone),
    fitsWithout: (owner) => fits(owner.free, without) && matchesAll(terms, owner)
  }))
}

function matchesAll(terms: readonly Conjunct[], { owner, attributes }: OwnerView): boolean {
  const subject = { name: '', owner, attributes }
  return terms.every((term) => term.matches(subject))
}
