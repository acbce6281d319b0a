import { proposeProtocol, submitProtocol } from '@cloudpeer/provisioning/protocols'
import type { Checker } from '../checker.ts'
import { requestFields } from './lease-fields.ts'

/** A matcher proposes nothing that was withdrawn from it, whatever of what was sent before comes late or twice. */
export const theWithdrawnAreNotProposed: Checker = {
  name: 'anytime_the_withdrawn_are_not_proposed',
  watch({ exchanges }) {
    const problems: string[] = []
    /** By requester and matcher the number of the message that was sent last. */
    const sent = new Map<string, number>()
    /** By matcher and request. */
    const withdrawn = new Set<string>()

    exchanges.onAsked(submitProtocol, ({ from, to, request: { seq, requests } }) => {
      sent.set(`${from} ${to}`, seq)
      for (const { request } of requests) withdrawn.delete(`${to} ${requestFields(request).id}`)
    })
    exchanges.on(submitProtocol, ({ from, to, request }) => {
      if (request.seq === sent.get(`${from} ${to}`)) for (const id of request.withdrawn) withdrawn.add(`${to} ${id}`)
    })
    exchanges.onAsked(proposeProtocol, ({ from, to, request: { request } }) => {
      const { id } = requestFields(request)
      if (withdrawn.has(`${from} ${id}`)) problems.push(`${from} proposed request ${id} to ${to}, which had been withdrawn from it`)
    })
    return () => problems.splice(0)
  }
}
