export { abortable } from './abortable.ts'
export { type Carrier, Exchange, type ExchangeComponents, type OutgoingRequest } from './exchange.ts'
