export type { Libp2pTransportInit } from './node.ts'
export { type RequestOnceOptions, requestOnce } from './request-once.ts'
export { createLibp2pTransport, type Libp2pTransportComponents } from './transport.ts'
