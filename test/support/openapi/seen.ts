/** What the document lists and no test has seen, at the end of a whole run. */
import { openApiDocument } from '../../../server/http/openapi/document.ts'
import { answersOf, operationsOf } from './contract.ts'
import { seenAnswers } from './described.ts'

/** Answers that no test can provoke in a sensible way, by `status kind` or `operationId status kind`. */
const unprovoked: Readonly<Record<string, string>> = {
  '500 internal_error': 'nobody knows how, or it would be mended',
  'confirmClaim 503 outcome_unknown_error': 'an answer lost after its COMMIT; provoked below HTTP',
  'releaseClaim 503 outcome_unknown_error': 'as above',
}

/** Each difference between what the document lists and what the tests of this process have seen. */
export function answerDifferences(): string[] {
  const listed = operationsOf(openApiDocument('/api')).flatMap(({ operation }) => answersOf(operation))
  const isUnprovoked = (answer: string) => reasonOf(answer) !== undefined
  return [
    ...listed
      .filter((answer) => !seenAnswers.has(answer) && !isUnprovoked(answer))
      .map((answer) => `no test has seen: ${answer}`),
    ...[...seenAnswers].filter(isUnprovoked).map((answer) => `said to be unprovoked, but seen: ${answer}`),
  ].sort()
}

function reasonOf(answer: string): string | undefined {
  return unprovoked[answer] ?? unprovoked[answer.split(' ').slice(1).join(' ')]
}
