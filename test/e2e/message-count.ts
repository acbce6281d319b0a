/** How many requests and replies of the protocols that begin with `prefix` the transports of all nodes have sent. */
export async function messagesSent(nodes: readonly { readonly api: string }[], prefix: string): Promise<number> {
  const counts = await Promise.all(nodes.map(async ({ api }) => sentBy(await (await fetch(`${api}/metrics`)).text(), prefix)))
  return counts.reduce((total, count) => total + count, 0)
}

function sentBy(metrics: string, prefix: string): number {
  const lines = metrics.split('\n').filter((line) => line.startsWith('cloudpeer_transport_messages_total{'))
  const sent = lines.filter((line) => line.includes(`protocol="${prefix}`) && line.includes('direction="sent"'))
  return sent.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0)
}
