import type { RequestReport, WaitingReport } from './routes/requests.ts'

/** Whether a request still waits for capacity. */
export function isWaiting({ state }: Pick<RequestReport, 'state'>): boolean {
  return state === 'waiting' || state === 'scale-out-asked' || state === 'relaxed'
}

/** Whether it is not known yet what becomes of a request: it waits, or its leases are verified after a restart of its node. */
export function isUndecided(request: Pick<RequestReport, 'state'>): boolean {
  return isWaiting(request) || request.state === 'verifying'
}

/** Why a request waits, in sentences for people, the most important first. */
export function waitingReasons(waiting: WaitingReport): readonly string[] {
  if (waiting.owners === 0) return ['No node offers capacity.']
  return [standing(waiting), ...help(waiting)]
}

function standing({ owners, matching, couldEver, fitNow, pausing }: WaitingReport): string {
  if (pausing > 0 && pausing === fitNow)
    return `${nodes(fitNow)} could take it, but not now: what was held for this node before was not confirmed, and so nothing is for up to a minute.`
  if (fitNow > 0) return `${nodes(fitNow)} could take it now: it is about to be granted, or others stand before it.`
  if (couldEver > 0)
    return `${nodes(couldEver)} could take it, but not now: too much of what is large enough is leased. It waits for a release.`
  if (matching > 0) return `Of ${counted(owners)}, ${matching} satisfy the expression, but none is large enough, even with nothing leased.`
  return `None of the ${counted(owners)} that offer capacity satisfies the expression: it waits for another.`
}

function help({ excludesMost, terms, fitNow }: WaitingReport): readonly string[] {
  if (fitNow > 0 || terms.length === 0) return []
  const most = terms.find(({ term }) => term === excludesMost)
  if (most !== undefined) return [`What excludes the most is ${most.term}: without it ${counted(most.fitWithout)} would fit now.`]
  return ['No single term stands in the way: whichever one is dropped, others still exclude every node.']
}

function nodes(count: number): string {
  return count === 1 ? 'One node' : `${count} nodes`
}

function counted(count: number): string {
  return `${count} node${count === 1 ? '' : 's'}`
}
