import '../errors.ts'

export { type DataDirectory, type KnownPeer, openDataDirectory, type Ports, peersMax } from './data-directory.ts'
