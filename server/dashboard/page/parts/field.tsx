import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly hint?: string
  /** What is wrong with it, without its name: "is required". */
  readonly fault?: string | undefined
  readonly type?: 'text' | 'password' | 'number' | 'search' | 'datetime-local'
  readonly name?: string
  readonly autocomplete?: string
  readonly isRequired?: boolean
  readonly min?: number
  readonly max?: number
  /** More than one makes it an area. */
  readonly rows?: number
}

/** A labelled input with its hint, and with what the API found wrong with it. */
export function Field(props: FieldProps) {
  const { label, value, onInput, hint, fault, type = 'text', rows = 1, isRequired, ...rest } = props
  const id = useId()
  const described = [hint !== undefined && `${id}-hint`, fault !== undefined && `${id}-fault`].filter(Boolean)
  const common = {
    ...rest,
    id,
    value,
    required: isRequired,
    'aria-invalid': fault !== undefined,
    'aria-describedby': described.join(' ') || undefined,
    onInput: (event: Event) => onInput((event.currentTarget as HTMLInputElement).value),
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {rows > 1 ? (
        <textarea {...common} rows={rows} spellcheck={false} />
      ) : (
        // preact has a type for each kind of input; these five are alike.
        <input {...common} type={type as 'text'} step={type === 'datetime-local' ? 1 : undefined} />
      )}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {fault !== undefined && (
        <p class="fault" id={`${id}-fault`}>
          {label} {fault}.
        </p>
      )}
    </div>
  )
}

interface SelectProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly choices: readonly (readonly [value: string, words: string])[]
}

export function SelectField({ label, value, onInput, choices }: SelectProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onInput={(event) => onInput(event.currentTarget.value)}>
        {choices.map(([choice, words]) => (
          <option key={choice} value={choice}>
            {words}
          </option>
        ))}
      </select>
    </div>
  )
}

interface CheckProps {
  readonly label: string
  readonly isOn: boolean
  readonly onInput: (isOn: boolean) => void
}

export function CheckField({ label, isOn, onInput }: CheckProps) {
  const id = useId()
  return (
    <div class="check">
      <input
        id={id}
        type="checkbox"
        checked={isOn}
        onInput={(event) => onInput(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
    </div>
  )
}

interface FormProps {
  readonly label: string
  readonly class?: string
  readonly onSubmit: () => void
  readonly children: ComponentChildren
}

/** Sends nothing by itself. The API checks what is typed, with better words than a browser's. */
export function Form({ label, onSubmit, children, class: className }: FormProps) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <form aria-label={label} class={className} noValidate onSubmit={submit}>
      {children}
    </form>
  )
}
