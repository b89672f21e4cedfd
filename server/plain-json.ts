/**
 * A text of JSON that is one line to everybody and that no terminal obeys. JSON leaves as they are DEL, the control characters
 * from U+0080 (of which U+009B begins an escape sequence, and U+0085 a line) and U+2028 and U+2029, which end lines as well.
 */
export function plainJson(json: string): string {
  return json.replace(controls, escapeOf)
}

const controls = /[\u007f-\u009f\u2028\u2029]/g

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
