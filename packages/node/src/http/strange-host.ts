import { isIP } from 'node:net'
import { CloudError } from '@cloudpeer/core'
import type { onRequestAsyncHookHandler } from 'fastify'

/** Whether a host name or address stands for this machine alone. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}

/**
 * Refuses requests whose Host header names something other than this machine. A web page of a stranger can make its own
 * name resolve to 127.0.0.1 and would then be allowed to read the answers (DNS rebinding); its name is in this header.
 */
export function refuseStrangeHosts(listenHost: string): onRequestAsyncHookHandler {
  return async (request) => {
    const host = request.hostname
    if (!isLoopback(host) && host !== listenHost) throw new CloudError('HOST_REFUSED', { host: host.slice(0, 256) })
  }
}
