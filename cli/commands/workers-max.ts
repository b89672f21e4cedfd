/** Server processes at once, for `--workers`. */
export const workersMax = 64
