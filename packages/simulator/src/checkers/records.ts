import { decode, type PeerId } from '@cloudpeer/core'
import { openDescriptor } from '@cloudpeer/overlay'
import { readProtocol, type SignedRecord, unpackRecords, writeProtocol } from '@cloudpeer/registry/protocols'
import type { Checker, Watched } from './checker.ts'

/** Of a record as it lies in its bytes, what decides whether it may be served. */
interface Head {
  readonly network: string
  readonly owner: PeerId
  readonly name: string
  readonly epoch: number
  readonly seq: number
  readonly deleted: boolean
}

/**
 * I6, I7: no replica serves a record that is not signed by its owner for this network, that is withdrawn, or that is older than one
 * that the same replica has accepted. A replica whose disk was replaced has accepted nothing.
 */
export const servedRecordsAreValid: Checker = {
  name: 'anytime_served_records_are_valid',
  watch({ cloud, exchanges, lostDisks }: Watched) {
    const problems: string[] = []
    const accepted = new Map<PeerId, Map<string, Head>>()
    const network = openDescriptor(cloud.descriptor, cloud.verifier).id

    exchanges.on(writeProtocol, ({ to, request, reply }) => {
      const refused = new Set(reply.failed.map(({ index }) => index))
      const newest = accepted.get(to) ?? new Map<string, Head>()
      accepted.set(to, newest)
      request.records.forEach(([bytes], index) => {
        if (refused.has(index)) return
        const head = headOf(bytes)
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
      const head = headOf(signed.bytes)
      const { owner, name } = head
      if (head.network !== network) return `${name} of ${owner}, which is of another network`
      if (!cloud.verifier.verify(owner, `cloudpeer/record/v1/${network}`, signed.bytes, signed.signature))
        return `${name}, which ${owner} did not sign`
      if (head.deleted) return `${name} of ${owner}, which is withdrawn`
      const newest = lostDisks.has(by) ? undefined : accepted.get(by)?.get(`${owner}/${name}`)
      if (newest === undefined || !isNewer(newest, head)) return undefined
      return `${head.epoch}.${head.seq} of ${name} of ${owner} after it had accepted ${newest.epoch}.${newest.seq}`
    }

    return () => problems.splice(0)
  }
}

/** Reads a record's fields without any of the code that is judged. */
function headOf(bytes: Uint8Array): Head {
  return decode(bytes, 'record') as Head
}

function isNewer(a: Head, b: Head): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq)
}
