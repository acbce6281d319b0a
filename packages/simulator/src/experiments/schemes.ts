import { attributeShards } from '../papers/attribute-shards.ts'
import { loadBalancingMatrix } from '../papers/load-balancing-matrix.ts'
import type { Scheme } from '../papers/scheme.ts'
import { cloudpeer, cloudpeerAsShipped } from './cloudpeer-scheme.ts'

/** All schemes; a scheme has the same colour in all charts. */
export const schemes: readonly Scheme[] = [attributeShards, loadBalancingMatrix, cloudpeer, cloudpeerAsShipped]

/** The schemes of these names, in the order of {@link schemes}. */
export function schemesNamed(names: readonly string[]): readonly Scheme[] {
  return schemes.filter(({ name }) => names.includes(name))
}
