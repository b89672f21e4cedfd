/** Who may do what: `token` asks for a signed token, `open` lets everybody do everything, as the original does. */
export const authModes = ['token', 'open'] as const

export type AuthMode = (typeof authModes)[number]
