import { CheckField, Field, SelectField } from './field.tsx'
import type { TermsText } from './terms.ts'

interface TermsFieldsProps {
  readonly terms: TermsText
  readonly onChange: (change: Partial<TermsText>) => void
  readonly faults: Readonly<Record<string, string>>
  readonly amountHint?: string
  /** How many names the present list has; null when the audience is no list. */
  readonly listSize: number | null
}

const audiences = [
  ['everyone', 'Everyone'],
  ['list', 'A list of users'],
  ['registered_before', 'Who registered before'],
  ['registered_after', 'Who registered after'],
] as const

/** What a new coupon and one that is changed have in common. */
export function TermsFields({ terms, onChange, faults, amountHint, listSize }: TermsFieldsProps) {
  const set = (key: keyof TermsText) => (value: string) => onChange({ [key]: value })
  return (
    <>
      <Field
        label="Amount"
        type="number"
        min={1}
        isRequired
        value={terms.amount}
        onInput={set('amount')}
        fault={faults.amount}
        {...(amountHint !== undefined && { hint: amountHint })}
      />
      <div class="pair">
        <Field
          label="Starts"
          type="datetime-local"
          value={terms.starts_at}
          onInput={set('starts_at')}
          fault={faults.starts_at}
        />
        <Field
          label="Ends"
          type="datetime-local"
          value={terms.ends_at}
          onInput={set('ends_at')}
          fault={faults.ends_at}
        />
      </div>
      <AudienceFields terms={terms} set={set} faults={faults} listSize={listSize} />
      <CheckField
        label="Who gives a claim back may claim again"
        isOn={terms.reclaimable}
        onInput={(reclaimable) => onChange({ reclaimable })}
      />
    </>
  )
}

interface AudienceFieldsProps extends Pick<TermsFieldsProps, 'terms' | 'faults' | 'listSize'> {
  readonly set: (key: keyof TermsText) => (value: string) => void
}

function AudienceFields({ terms, set, faults, listSize }: AudienceFieldsProps) {
  const listHint =
    listSize === null
      ? 'One a line.'
      : `The list has ${listSize}. What stands here takes its place; empty keeps it.`
  return (
    <>
      <SelectField
        label="Who may claim"
        value={terms.audience}
        onInput={set('audience')}
        choices={audiences}
      />
      {terms.audience === 'list' && (
        <Field
          label="Usernames"
          rows={4}
          value={terms.usernames}
          onInput={set('usernames')}
          hint={listHint}
          fault={faults['audience.usernames'] ?? faults.audience}
        />
      )}
      {terms.audience.startsWith('registered') && (
        <Field
          label="Registered"
          type="datetime-local"
          value={terms.audience_at}
          onInput={set('audience_at')}
          fault={faults['audience.at'] ?? faults.audience}
        />
      )}
    </>
  )
}
