import type { Operation } from '../history.ts'
import { late, serverErrors, unanswered, undocumented, withoutRetryAfter } from './answers.ts'
import { type Books, openBooks } from './books.ts'
import { lost } from './connections.ts'
import type { Evidence, Fault } from './evidence.ts'
import { otherAnswers } from './keys.ts'
import { falselyAlreadyClaimed, falselySoldOut } from './refusals.ts'
import { seenOtherwise } from './seen.ts'
import { claimedTwice, miscounted, oversold } from './stock.ts'
import { badHolds, notStored, otherState, unasked } from './stored.ts'

interface Check {
  /** What must hold. */
  readonly rule: string
  readonly find: (books: Books) => Iterable<Fault>
}

const checks = {
  not_oversold: { rule: 'No more units are handed out than there are.', find: oversold },
  one_claim_each: { rule: 'Nobody has two live claims of one coupon.', find: claimedTwice },
  counter_matches: { rule: 'What remains is the amount less the live claims.', find: miscounted },
  every_success_stored: { rule: 'What was told as done is stored, as it was told.', find: notStored },
  state_as_told: {
    rule: 'A claim is stored, and shown, in a state that was asked for and told.',
    find: function* (books: Books) {
      yield* otherState(books)
      yield* seenOtherwise(books)
    },
  },
  nothing_unasked: {
    rule: 'Nothing is stored that nobody asked for, or that was told as refused.',
    find: unasked,
  },
  holds_kept: { rule: 'A hold lasts as long as it was promised, and no longer.', find: badHolds },
  no_false_sold_out: {
    rule: 'Nobody is told "sold out" while a unit is certainly left.',
    find: falselySoldOut,
  },
  no_false_already_claimed: {
    rule: 'Nobody is told "already claimed" who certainly has no claim.',
    find: falselyAlreadyClaimed,
  },
  one_answer_a_key: { rule: 'One key and one payload have one answer.', find: otherAnswers },
  all_answered: { rule: 'Every operation gets a final answer.', find: unanswered },
  no_server_errors: { rule: 'No 5xx is sent but 503.', find: serverErrors },
  retry_after: { rule: 'Who is to ask again is told when.', find: withoutRetryAfter },
  answers_documented: { rule: 'Every answer is one that is documented.', find: undocumented },
  answers_in_time: { rule: 'An answer comes within context.timeout and 0.4 s.', find: late },
  none_lost: { rule: 'No request that was accepted is left without an answer.', find: lost },
} as const satisfies Readonly<Record<string, Check>>

export type CheckName = keyof typeof checks

export const checkNames = Object.keys(checks) as readonly CheckName[]

export interface Violation {
  readonly check: CheckName
  /** What happened, with names and times of the run. */
  readonly sentence: string
  /** The operation that shows it, with all its attempts; null when only the database does. */
  readonly example: Operation | null
}

export interface CheckResult {
  readonly name: CheckName
  readonly rule: string
  /** How often it did not hold. */
  readonly count: number
  /** The first of them. */
  readonly violations: readonly Violation[]
  /** The operations that show them, of all of them, as far as operations do. */
  readonly shownBy: readonly Operation[]
}

/** Of what is wrong in one way, these are enough to find out why. */
const violationsMax = 20

/** Every check, made whatever the others say. Pure. */
export function checkHistory(evidence: Evidence): CheckResult[] {
  const books = openBooks(evidence)
  return checkNames.map((name) => {
    const { rule, find } = checks[name]
    const violations: Violation[] = []
    const shownBy: Operation[] = []
    let count = 0
    for (const { sentence, operation } of find(books)) {
      count += 1
      if (operation !== null) shownBy.push(operation)
      if (count <= violationsMax) violations.push({ check: name, sentence, example: operation })
    }
    return { name, rule, count, violations, shownBy }
  })
}

export function violationsOf(results: readonly CheckResult[]): Violation[] {
  return results.flatMap(({ violations }) => violations)
}
