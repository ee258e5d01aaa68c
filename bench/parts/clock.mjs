// One clock for all processes of this machine: milliseconds since 1970, with fractions.

/** @returns {number} */
export const now = () => performance.timeOrigin + performance.now();
