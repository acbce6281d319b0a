export { isAttributeName, isPseudoAttribute, type PseudoAttribute, pseudoAttributes } from './attributes/attribute-name.ts'
export {
  type AttributeType,
  type AttributeValue,
  attributeTypes,
  canonicalValue,
  compareValues,
  typeOfValue
} from './attributes/attribute-value.ts'
export {
  type Attributes,
  attributesSchema,
  canonicalAttributes,
  isCanonicalAttributes,
  type PlainAttributes,
  plainAttributes
} from './attributes/attributes.ts'
export { attributeNameLengthMax, attributesMax, textBytesMax, valuesMax } from './attributes/limits.ts'
export { allocate, fits, otherAmount } from './capacity/allocate.ts'
export { minus, plus, zeroOf } from './capacity/arithmetic.ts'
export {
  type Allocation,
  type Amounts,
  amountMax,
  type Capacity,
  type Gpu,
  type GpuAmount,
  type GpuShare,
  gpuMilliMax,
  gpusMax,
  othersMax
} from './capacity/capacity.ts'
export { leftOver } from './capacity/left-over.ts'
export { givenAmountsSchema, givenCapacitySchema, gpuModelLengthMax, parseAmounts, parseCapacity } from './capacity/parse-capacity.ts'
export { parseCpu, parseGpuShare, parseQuantity } from './capacity/parse-quantity.ts'
export {
  descriptionBytesMax,
  endpointLengthMax,
  endpointsMax,
  endpointsSchema,
  nameLengthMax,
  nameSchema,
  parseDescription,
  type ServiceDescription
} from './description/description.ts'
export { parseAttributes } from './description/parse-attributes.ts'
export {
  aliasesMax,
  descriptionsBytesMax,
  descriptionsMax,
  fieldsMax,
  lexemesMax,
  readDescriptions
} from './description/read-descriptions.ts'
export { modelErrors } from './errors.ts'
export { type CompiledQueries, createCompiledQueries } from './query/compiled-queries.ts'
export { type Conjunct, conjuncts } from './query/conjuncts.ts'
export type { Constraint } from './query/constraint.ts'
export { expressionBytesMax, literalsMax, nestingMax, nodesMax, termsMax } from './query/limits.ts'
export { compareSubjects, type OrderBy, parseOrderBy } from './query/order-by.ts'
export { pointAt } from './query/point-at.ts'
export type { Subject } from './query/predicate.ts'
export { compileQuery, type Query, type Term } from './query/query.ts'
export { rangesContain, unionRanges, type ValueRange } from './query/value-range.ts'
export type { AttributeDefinition } from './schema/attribute-definition.ts'
export { type Incompatibility, incompatibilities } from './schema/compatibility.ts'
export {
  type Dimension,
  isPseudoDimension,
  isValuesDimension,
  type NumberDimension,
  type PseudoDimension,
  pseudoDimensions,
  type ValuesDimension
} from './schema/dimension.ts'
export { dimensionsMax, domainValuesMax } from './schema/limits.ts'
export {
  definitionOf,
  emptySchema,
  indexedAttributesMax,
  parseSchema,
  type Schema,
  schemaAttributesMax
} from './schema/schema.ts'
