import { writeProtocol } from '@cloudpeer/registry/protocols'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Checker } from './checker.ts'
import { type RecordFields, recordFields } from './record-fields.ts'

/** One write of so many is looked at: to read a whole disk is dear. */
const lookedAtShare = 32

/** I14: what a replica acknowledges is on its disk when it does. */
export const acknowledgedWritesAreOnDisk: Checker = {
  name: 'anytime_acknowledged_writes_are_on_disk',
  watch({ cloud, exchanges, lostDisks }) {
    const problems: string[] = []
    let writes = 0
    exchanges.on(writeProtocol, ({ to, request, reply }) => {
      const node = cloud.nodes.find(({ peer }) => peer === to)
      if (++writes % lookedAtShare > 0 || node === undefined || lostDisks.has(to)) return
      const onDisk = versionsOnDisk(node)
      const refused = new Set(reply.failed.map(({ index }) => index))
      for (const [index, [bytes]] of request.records.entries()) {
        const version = recordFields(bytes)
        const { owner, name } = version
        if (!refused.has(index) && !isThere(version, onDisk.get(`${owner}/${name}`)))
          problems.push(`${to} acknowledged ${name} of ${owner}, which is not on its disk`)
      }
    })
    return () => problems.splice(0)
  }
}

function isThere(wanted: RecordFields, found: RecordFields | undefined): boolean {
  return found !== undefined && (found.epoch > wanted.epoch || (found.epoch === wanted.epoch && found.seq >= wanted.seq))
}

function versionsOnDisk({ machine }: SimulatedNode): ReadonlyMap<string, RecordFields> {
  const rows = machine.disk.contentOf('records')?.store.prepare('SELECT bytes FROM records').all() ?? []
  const versions = rows.map(({ bytes }) => recordFields(bytes as Uint8Array))
  return new Map(versions.map((version) => [`${version.owner}/${version.name}`, version]))
}
