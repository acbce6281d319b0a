import type { PeerId } from '@cloudpeer/core'
import { refreshProtocol, writeProtocol } from '@cloudpeer/registry/protocols'
import { leftAlone } from './answers.ts'
import type { Checker } from './checker.ts'
import { allCopiesOnDisk, copiesOnDisk } from './disk-copies.ts'
import { publishedVersions } from './published-versions.ts'
import { recordFields } from './record-fields.ts'
import { isOlder } from './version.ts'

/** How long after a version was first sent out an older one may be anywhere, in ms: three waits of the owner's writers. */
const supersededMs = 30_000

/** I5: who asks a replica to keep a version has sent that version out before. */
export const refreshesNameWhatIsPublished: Checker = {
  name: 'anytime_refreshes_name_what_is_published',
  watch(watched) {
    const { exchanges } = watched
    const published = publishedVersions(watched)
    const problems: string[] = []
    exchanges.onAsked(refreshProtocol, ({ from, request: { epoch, services } }) => {
      for (const [name, seq] of services) {
        const known = published.get(`${from}/${name}`)
        if (known === undefined || isOlder(known, { epoch, seq }))
          problems.push(`${from} refreshes ${epoch}.${seq} of ${name}, which it has sent to nobody`)
      }
    })
    return () => problems.splice(0)
  }
}

/** I5: a replica that calls a refreshed version its own has it on its disk. */
export const refreshedCopiesAreThere: Checker = {
  name: 'anytime_refreshed_copies_are_there',
  watch({ cloud, exchanges, lostDisks }) {
    const problems: string[] = []
    exchanges.on(refreshProtocol, ({ from, to, request: { epoch, services }, reply }) => {
      const node = cloud.nodes.find(({ peer }) => peer === to)
      if (node === undefined || lostDisks.has(to)) return
      const missing = new Set(reply.missing)
      const onDisk = copiesOnDisk(node.machine, from)
      services.forEach(([name, seq], index) => {
        const copy = onDisk.get(name)
        if (!missing.has(index) && (copy?.epoch !== epoch || copy.seq !== seq))
          problems.push(`${to} lets ${from} refresh ${epoch}.${seq} of ${name}, and has ${copy ? `${copy.epoch}.${copy.seq}` : 'none'}`)
      })
    })
    return () => problems.splice(0)
  }
}

/**
 * I7: whoever had an older version of a service from its owner gets the newer one, or a replica could bring it back, unless it has left for good
 * since. A copy that came by hand-over to a node that stood in for a while is dropped with it; an old tombstone brings nothing back.
 */
export const supersededCopiesGo: Checker = {
  name: 'anytime_superseded_copies_go',
  watch(watched) {
    const { cloud, exchanges, random } = watched
    const published = publishedVersions(watched)
    const given = new Map<string, Set<string>>()
    exchanges.on(writeProtocol, ({ from, to, request }) => {
      const names = given.get(`${from} ${to}`) ?? new Set()
      given.set(`${from} ${to}`, names)
      for (const [bytes] of request.records) names.add(recordFields(bytes).name)
    })
    cloud.onNode(({ peer: owner, overlay }) => {
      overlay.onChange(({ peer, to }) => {
        if (to === 'GONE') given.delete(`${owner} ${peer}`)
      })
    })
    return () => {
      const node = cloud.nodes[random.integer(Math.max(1, cloud.nodes.length))]
      const now = cloud.time.now
      const isJudged = (peer: PeerId): boolean => leftAlone(watched, peer, now - supersededMs / 2)
      if (node === undefined || !watched.gentle || !isJudged(node.peer)) return []
      const running = new Set(cloud.nodes.map(({ peer }) => peer).filter((peer) => peer !== node.peer && isJudged(peer)))
      return allCopiesOnDisk(node.machine).flatMap(({ owner, name, epoch, seq, deleted }) => {
        const newest = published.get(`${owner}/${name}`)
        const lags =
          !deleted &&
          given.get(`${owner} ${node.peer}`)?.has(name) === true &&
          running.has(owner) &&
          newest?.epoch === epoch &&
          newest.seq > seq &&
          newest.atMs + supersededMs < now
        return lags ? [`${node.peer} has ${epoch}.${seq} of ${name} of ${owner}, which sent out ${newest.seq} at ${newest.atMs} ms`] : []
      })
    }
  }
}
