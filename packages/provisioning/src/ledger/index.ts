export type { BookEntry } from './book-entry.ts'
export { emptyHeader } from './book-state.ts'
export { type BookOptions, LedgerBook, type Wish } from './ledger-book.ts'
