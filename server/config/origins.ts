/**
 * A list of origins, or a text of them with commas between: `https://shop.example, http://localhost:5173`. Null for what is
 * none. An origin has no path, and `*` is none: whoever is meant is named.
 */
export function originsOf(value: unknown): readonly string[] | null {
  const given: unknown = typeof value === 'string' ? value.split(',').map((each) => each.trim()) : value
  if (!Array.isArray(given)) return null
  const named = given.filter((each) => each !== '')
  return named.every(isOrigin) ? named : null
}

function isOrigin(text: unknown): text is string {
  return (
    typeof text === 'string' && /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
  )
}
