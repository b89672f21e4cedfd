/** Those whose completion is written; apart from it, so that a --help loads no more. */
export const shells = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof shells)[number]
