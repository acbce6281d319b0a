import { CloudError, encode, validator } from '@cloudpeer/core'
import { attributesSchema, parseCapacity } from '@cloudpeer/model'
import type { OwnedCapacity } from '../provisioning.ts'

/** Bytes of an owner's capacity and attributes together: so much has room in an offer twice, beside its leases. */
export const ownedBytesMax = 6 * 1024

const attributesValidator = validator(attributesSchema)

/** What an owner is to offer, checked: amounts, attributes in canonical form, and room for both in an offer. INVALID names the field. */
export function checkedCapacity({ total, attributes }: OwnedCapacity): OwnedCapacity {
  const owned = { total: parseCapacity(total, 'total'), attributes: attributesValidator.parse(attributes, 'attributes') }
  const bytes = encode(owned).length
  if (bytes <= ownedBytesMax) return owned
  throw new CloudError('INVALID', { field: 'capacity', problem: `has ${bytes} bytes with its attributes, more than ${ownedBytesMax}` })
}
