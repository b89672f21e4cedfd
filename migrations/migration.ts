/**
 * One step of the schema. `up` and `down` are literal SQL, run in one transaction each; a migration that has
 * landed is never edited, a later one corrects it.
 */
export interface Migration {
  /** `NNNN_words`, the order of application and the name on record. */
  readonly name: string
  readonly up: string
  readonly down: string
}
