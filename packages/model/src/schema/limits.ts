/** The most values of a closed domain, and of a dimension. */
export const domainValuesMax = 256

/** The most dimensions of the space of capacity: each has 3 parts, so that there are 729 cells at most. */
export const dimensionsMax = 6
