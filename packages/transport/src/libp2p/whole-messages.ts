import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface'

/**
 * An encrypter that hands each encrypted message to the connection in one piece. Noise makes it a list of a length, the
 * encrypted parts and a tag, and TCP would make a system call and a packet of each.
 */
export function inWholeMessages<Components>(
  createEncrypter: (components: Components) => ConnectionEncrypter
): (components: Components) => ConnectionEncrypter {
  return (components) => {
    const encrypter = createEncrypter(components)
    const secureInbound = encrypter.secureInbound.bind(encrypter)
    const secureOutbound = encrypter.secureOutbound.bind(encrypter)
    return Object.assign(encrypter, {
      secureInbound: ((connection, options) => secureInbound(joining(connection), options)) as typeof secureInbound,
      secureOutbound: ((connection, options) => secureOutbound(joining(connection), options)) as typeof secureOutbound
    })
  }
}

function joining<Connection extends MessageStream>(connection: Connection): Connection {
  const send = connection.send.bind(connection)
  return Object.assign(connection, { send: (message: Parameters<typeof send>[0]) => send(message.subarray()) })
}
