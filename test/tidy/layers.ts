/**
 * The packages from the ground up, and which others each may import. A package missing here may not exist: whoever adds
 * one says where it stands.
 */
export const layers: Readonly<Record<string, readonly string[]>> = {
  core: [],
  model: ['core'],
  transport: ['core'],
  overlay: ['core', 'transport'],
  registry: ['core', 'model', 'transport', 'overlay'],
  provisioning: ['core', 'model', 'transport', 'overlay', 'registry'],
  api: ['core', 'model'],
  node: ['core', 'model', 'transport', 'overlay', 'registry', 'provisioning', 'api'],
  console: ['core', 'model', 'api'],
  simulator: ['core', 'model', 'transport', 'overlay', 'registry', 'provisioning', 'api']
}

/** Sources of the packages whose logic reads no clock, socket, disk or random source but what it is handed, as a pattern. */
export const protocolSources = '^packages/(core|model|transport|overlay|registry|provisioning|simulator)/src/'

/** The places in them that touch the machine: the ports' implementations, and the command that writes an experiment's files. */
export const machineSources = '^packages/(core/src/(system[.]ts|store/)|transport/src/libp2p/|simulator/src/command/)'
