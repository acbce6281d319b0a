import type { Checker } from '../checker.ts'

/** Whoever has its ledger goes on granting after a restart: others remember no lease of it that the ledger does not know of. */
export const wholeLedgersAreTrusted: Checker = {
  name: 'anytime_whole_ledgers_are_trusted',
  watch:
    ({ cloud, lostDisks, strangers }) =>
    () => {
      // A thief names leases that nobody has granted.
      if ([...strangers.values()].includes('thief')) return []
      const doubted = cloud.nodes.filter(
        ({ peer, provisioning }) => !lostDisks.has(peer) && provisioning.capacity().state === 'quarantined'
      )
      return doubted.map(({ peer }) => `${peer} is in quarantine, and has lost nothing`)
    }
}
