/** The most attributes of one service. */
export const attributesMax = 64

/** The most values of one attribute. */
export const valuesMax = 32

/** The longest text that is a value, in bytes of UTF-8. */
export const textBytesMax = 1024

/** The longest attribute name, in characters. */
export const attributeNameLengthMax = 64
