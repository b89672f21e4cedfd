/**
 * What the document says already and the server does not do yet. Each list is emptied when its part is built; a line
 * that has become untrue fails the tests that read it.
 */

/** Operations without a route: `METHOD path`, the path without the prefix of the API. */
export const comingRoutes: readonly string[] = []

/** Members of schemas that answers do not have yet: `Schema.member`. */
export const comingMembers: readonly string[] = []

/** Operations of a body that no joi schema reads yet, or of fields that it reads otherwise. */
export const comingFields: readonly string[] = []

/** Answers that nothing gives yet: `operationId status kind`, the kind left out for a success. */
export const comingStatuses: readonly string[] = []
