import { isCloudError, type PeerId } from '@cloudpeer/core'
import { readProtocol, refreshProtocol, writeProtocol } from '@cloudpeer/registry/protocols'
import { leftAlone } from './answers.ts'
import type { Checker } from './checker.ts'

/** I12: where a process has ended nobody waits until a time limit: who asks it is told. */
export const failuresAreTold: Checker = {
  name: 'anytime_failures_are_told',
  watch(watched) {
    const { cloud, exchanges, gentle } = watched
    const problems: string[] = []
    const isOff = (peer: PeerId): boolean => {
      const machine = cloud.machineOf(peer)
      return machine !== undefined && cloud.nodeOn(machine) === undefined && !cloud.hasVanished(machine)
    }
    for (const protocol of [readProtocol, refreshProtocol, writeProtocol]) {
      const asked = new WeakSet<object>()
      exchanges.onAsked(protocol, ({ to, request }) => {
        if (gentle && isOff(to)) asked.add(request)
      })
      exchanges.onFailed(protocol, ({ from, to, request, atMs, error }) => {
        if (asked.has(request) && isOff(to) && isCloudError(error, 'TIMED_OUT') && leftAlone(watched, from, atMs))
          problems.push(`${from} asked ${to}, which had ended, and waited ${cloud.time.now - atMs} ms in vain`)
      })
    }
    return () => problems.splice(0)
  }
}
