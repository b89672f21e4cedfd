/** What a new user's name, password and full name must be; each answers with what is wrong, or null. */

export const roles = ['user', 'admin'] as const

export type Role = (typeof roles)[number]

export function isRole(text: unknown): text is Role {
  return roles.some((role) => role === text)
}

export function usernameFault(username: string): string | null {
  return /^[A-Za-z0-9._@+-]{1,100}$/.test(username)
    ? null
    : 'must have 1 to 100 characters out of letters, digits and . _ @ + -'
}

export const passwordLengthMin = 8
/** bcrypt reads no more; a longer password would be cut without a word. */
export const passwordBytesMax = 72

/** For new passwords only: a login takes whatever was accepted before. */
export function passwordFault(password: string): string | null {
  if ([...password].length < passwordLengthMin) return `must have at least ${passwordLengthMin} characters`
  if (Buffer.byteLength(password) > passwordBytesMax) return `must have at most ${passwordBytesMax} bytes`
  return isStorable(password) ? null : 'must be well-formed Unicode without a NUL character'
}

export function fullNameFault(fullName: string): string | null {
  const { length } = [...fullName]
  if (length < 1 || length > 255) return 'must have 1 to 255 characters'
  return isStorable(fullName) ? null : 'must be well-formed Unicode without a NUL character'
}

/** Postgres knows neither NUL nor half a surrogate pair. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
