import { useState } from 'preact/hooks'
import type { Coupon } from '../api/types.ts'
import { useAction, useApp } from '../hooks.ts'
import type { LiveCoupon } from '../live/events.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Form } from '../parts/field.tsx'
import { count } from '../parts/format.ts'
import { DoneNotice, ProblemNotice } from '../parts/notice.tsx'
import { changesOf, type TermsText, termsOf } from '../parts/terms.ts'
import { TermsFields } from '../parts/terms-fields.tsx'

interface SettingsPanelProps {
  readonly coupon: Coupon
  readonly live: LiveCoupon | null
  readonly onChanged: () => void
}

/** The terms of a coupon. What was typed stays as it was typed; what was not touched follows what others change. */
export function SettingsPanel({ coupon, live, onChanged }: SettingsPanelProps) {
  const { api } = useApp()
  const [typed, setTyped] = useState<Partial<TermsText>>({})
  const { run, isBusy, problem, message } = useAction()
  const base = termsOf(coupon)
  const terms = { ...base, ...typed }
  const changes = changesOf(base, terms)
  const isChanged = Object.keys(changes).length > 0
  const path = `/coupons/${encodeURIComponent(coupon.name)}`
  const claimed = live === null ? coupon.claimed_count : live.amount - live.remaining_amount

  const save = async (body: object) => {
    const isDone = await run(() => api.call('PATCH', path, { body }))
    onChanged()
    return isDone
  }
  const submit = async () => {
    if (isChanged && (await save(changes))) setTyped({})
  }
  return (
    <section class="card second" aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <Form label="Settings" onSubmit={submit}>
        <TermsFields
          terms={terms}
          onChange={(change) => setTyped({ ...typed, ...change })}
          faults={problem?.faults ?? {}}
          amountHint={`At least the ${count(claimed)} that are claimed.`}
          listSize={coupon.audience.kind === 'list' ? (coupon.audience.size ?? 0) : null}
        />
        <ProblemNotice problem={problem} />
        <DoneNotice message={message} />
        <div class="buttons">
          <button type="submit" disabled={isBusy || !isChanged}>
            Save
          </button>
          <button
            type="button"
            class="plain"
            disabled={isBusy}
            onClick={() => void save({ paused: !coupon.paused })}
          >
            {coupon.paused ? 'Resume' : 'Pause'}
          </button>
          <DeleteButton name={coupon.name} path={path} />
        </div>
      </Form>
    </section>
  )
}

function DeleteButton({ name, path }: { readonly name: string; readonly path: string }) {
  const { api } = useApp()
  const [isAsking, setIsAsking] = useState(false)
  const { run, isBusy, problem, clear } = useAction()
  const close = () => {
    setIsAsking(false)
    clear()
  }
  const remove = async () => {
    if (await run(() => api.call('DELETE', path))) location.hash = '#/'
  }
  return (
    <>
      <button type="button" class="plain danger" onClick={() => setIsAsking(true)}>
        Delete…
      </button>
      {isAsking && (
        <Dialog title={`Delete ${name}?`} onClose={close}>
          <p>Nobody can claim it any more. Its claims stay on record, and its name is free again.</p>
          <ProblemNotice problem={problem} />
          <div class="buttons">
            <button type="button" class="danger" disabled={isBusy} onClick={() => void remove()}>
              Delete it
            </button>
            <button type="button" class="plain" onClick={close}>
              Keep it
            </button>
          </div>
        </Dialog>
      )}
    </>
  )
}
