import { equalBytes, type PeerId } from '@cloudpeer/core'
import { type Member, openDescriptor } from '@cloudpeer/overlay'
import { readProtocol, type SignedRecord, unpackRecords, writeProtocol } from '@cloudpeer/registry/protocols'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Checker, Watched } from './checker.ts'
import { type RecordFields, recordFields } from './record-fields.ts'

/**
 * I6, I7: no replica accepts or serves a record that is not signed by its owner for this network; none serves one that is withdrawn, that its owner
 * signed before it started anew, as far as the replica knows, or that is older than one that the same replica has accepted. A replica whose disk was
 * replaced has accepted nothing.
 */
export const servedRecordsAreValid: Checker = {
  name: 'anytime_served_records_are_valid',
  watch({ cloud, exchanges, lostDisks }: Watched) {
    const problems: string[] = []
    const accepted = new Map<PeerId, Map<string, RecordFields>>()
    const network = openDescriptor(cloud.descriptor, cloud.verifier).id
    const running = new Map<PeerId, SimulatedNode>()
    cloud.onNode((node) => running.set(node.peer, node))
    /** The signatures that were found to be good; equal bytes have the same fields. */
    const verified = new WeakMap<RecordFields, Uint8Array>()

    /** Whether its owner signed a record; what was found to be signed is not verified again. */
    function isSigned(fields: RecordFields, { bytes, signature }: SignedRecord): boolean {
      const known = verified.get(fields)
      if (known !== undefined && equalBytes(known, signature)) return true
      if (!cloud.verifier.verify(fields.owner, `cloudpeer/record/v1/${network}`, bytes, signature)) return false
      verified.set(fields, signature.slice())
      return true
    }

    exchanges.on(writeProtocol, ({ to, request, reply }) => {
      const refused = new Set(reply.failed.map(({ index }) => index))
      const newest = accepted.get(to) ?? new Map<string, RecordFields>()
      accepted.set(to, newest)
      request.records.forEach(([bytes, signature], index) => {
        if (refused.has(index)) return
        const head = recordFields(bytes)
        if (!isSigned(head, { bytes, signature })) problems.push(`${to} accepted ${head.name}, which ${head.owner} did not sign`)
        const id = `${head.owner}/${head.name}`
        const known = newest.get(id)
        if (known === undefined || isNewer(head, known)) newest.set(id, head)
      })
    })

    exchanges.on(readProtocol, ({ to, reply }) => {
      for (const signed of unpackRecords(reply.rows)) {
        const problem = wrongWith(signed, to)
        if (problem !== undefined) problems.push(`${to} served ${problem}`)
      }
    })

    function wrongWith(signed: SignedRecord, by: PeerId): string | undefined {
      const head = recordFields(signed.bytes)
      const { owner, name } = head
      if (head.network !== network) return `${name} of ${owner}, which is of another network`
      if (!isSigned(head, signed)) return `${name}, which ${owner} did not sign`
      if (head.deleted) return `${name} of ${owner}, which is withdrawn`
      const known = running.get(by)?.overlay.member(owner)
      if (owner !== by && known !== undefined && isThere(known) && head.epoch < known.epoch)
        return `${name} of ${owner} of epoch ${head.epoch}, though it knew of ${known.epoch}`
      const newest = lostDisks.has(by) ? undefined : accepted.get(by)?.get(`${owner}/${name}`)
      if (newest === undefined || !isNewer(newest, head)) return undefined
      return `${head.epoch}.${head.seq} of ${name} of ${owner} after it had accepted ${newest.epoch}.${newest.seq}`
    }

    return () => problems.splice(0)
  }
}

function isThere({ state }: Pick<Member, 'state'>): boolean {
  return state === 'ALIVE' || state === 'SUSPECT'
}

function isNewer(a: RecordFields, b: RecordFields): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq)
}
