/** What `--help` says, by command. */
export const usage: Readonly<Record<string, string>> = {
  start: `Usage: cloudpeer start [options]

Runs a node: founds a network, or joins one, or returns to the one it belongs to.

  --join MULTIADDR       a node to join by, with or without /p2p/<id>; may be repeated
  --alone                if nobody is found, go on as the only node, as the founder of a network does anyway
  --listen MULTIADDR     where other nodes connect; may be repeated (default: /ip4/0.0.0.0/tcp/4001)
  --announce MULTIADDR   what others are told instead; may be repeated
  --api HOST:PORT        where the API is served (default: 127.0.0.1:7070)
  --data DIR             where the node keeps its key and data (default: ~/.local/share/cloudpeer)
  --config FILE          settings in YAML or JSON
  --label KEY=VALUE      a short text for others, such as location=tokyo; may be repeated
  --name NAME            name of the network, when founding it
  --capacity AMOUNTS     what of this machine is offered: cpu=4,memory=8GiB,disk=50GiB,gpu=2xT4, or none (default:
                         all that is measured)
  --workload COMMAND     runs under each active lease of this machine, told of it by CLOUDPEER_LEASE and on standard input
  --scale-out TARGET     a command or URL, told of requests that no known machine could ever fit
  --log-level LEVEL      debug, info, warn or error (default: info)
  --json                 say in JSON when the node is up
`,
  dev: `Usage: cloudpeer dev [options]

Runs a whole network on this machine, registers a catalogue of 3,138 services, and shows a tour of queries and of requests
that wait for capacity.

  --nodes N              1 to 64 (default: 9)
  --data DIR             keep the nodes' data, and come back to it in a later run
  --api-port PORT        API of the first node, the others follow; 0 takes free ones (default: 7070)
  --exit                 end after the tour; status 0 only if every answer was right
  --chaos SECONDS        in place of the tour kill, freeze, slow down, restart and add nodes while queries are asked and
                         compared with the truth, then report and end; status 0 only if nothing was wrong; from 3 nodes on
  --seed S               the same trouble again, in the same order (default: by chance; the report names it)
  --json                 print one JSON document
`
}
