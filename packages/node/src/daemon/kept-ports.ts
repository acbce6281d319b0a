import type { Ports } from '../data-directory/index.ts'

const anyPort = /^(.*\/(?:tcp|udp))\/0(\/.*)?$/

/** The listen addresses with the ports of the last run in place of those left to the system. */
export function withKeptPorts(listen: readonly string[], ports: Ports): readonly string[] {
  return listen.map((address) => {
    const port = ports[address]
    return port === undefined ? address : address.replace(anyPort, `$1/${port}$2`)
  })
}

/** The ports that the system chose, by listen address; `bound` are the addresses that a transport then listens on. */
export function chosenPorts(listen: readonly string[], bound: readonly string[]): Ports {
  const ports: Record<string, number> = {}
  for (const address of listen) {
    const parts = anyPort.exec(address)
    const port = parts && bound.map((one) => portAfter(one, protocolOf(parts[1] ?? ''))).find((one) => one !== undefined)
    if (port) ports[address] = port
  }
  return ports
}

function protocolOf(head: string): string {
  return head.slice(head.lastIndexOf('/') + 1)
}

function portAfter(address: string, protocol: string): number | undefined {
  const port = new RegExp(`/${protocol}/(\\d+)`).exec(address)?.[1]
  return port === undefined ? undefined : Number(port)
}
