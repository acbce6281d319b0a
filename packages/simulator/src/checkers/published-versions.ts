import { writeProtocol } from '@cloudpeer/registry/protocols'
import type { Watched } from './checker.ts'
import { recordFields } from './record-fields.ts'
import { isOlder, type Version } from './version.ts'

/** The newest version that an owner has sent out of a service, and when it did so first. */
interface Published extends Version {
  readonly atMs: number
}

/** Listens to what owners send out: the newest version of each service, by `owner/name`. */
export function publishedVersions({ cloud, exchanges }: Watched): ReadonlyMap<string, Published> {
  const published = new Map<string, Published>()
  exchanges.onAsked(writeProtocol, ({ from, request }) => {
    for (const [bytes] of request.records) {
      const { owner, name, epoch, seq } = recordFields(bytes)
      const known = published.get(`${owner}/${name}`)
      if (owner === from && (known === undefined || isOlder(known, { epoch, seq })))
        published.set(`${owner}/${name}`, { epoch, seq, atMs: cloud.time.now })
    }
  })
  return published
}
