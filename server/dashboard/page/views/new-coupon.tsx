import { useState } from 'preact/hooks'
import type { Coupon } from '../api/types.ts'
import { useAction, useApp } from '../hooks.ts'
import { Field, Form } from '../parts/field.tsx'
import { ProblemNotice } from '../parts/notice.tsx'
import { changesOf, newTerms, type TermsText } from '../parts/terms.ts'
import { TermsFields } from '../parts/terms-fields.tsx'
import { couponHref } from '../route.ts'

export function NewCouponView() {
  const { api } = useApp()
  const [name, setName] = useState('')
  const [terms, setTerms] = useState<TermsText>(newTerms)
  const { run, isBusy, problem } = useAction()
  const submit = () =>
    run(async () => {
      const body = { name, amount: terms.amount, ...changesOf(newTerms, terms) }
      const made = await api.call<Coupon>('POST', '/coupons', { body })
      // Its canonical form, which may differ from what was typed.
      if (made.isOk) location.hash = couponHref(made.data.name)
      return made
    })
  return (
    <>
      <h1 tabIndex={-1}>New coupon</h1>
      <section class="card narrow">
        <Form label="New coupon" onSubmit={submit}>
          <Field
            label="Name"
            isRequired
            hint="It becomes upper case, with _ between words: Summer sale is SUMMER_SALE."
            value={name}
            onInput={setName}
            fault={problem?.faults.name}
          />
          <TermsFields
            terms={terms}
            onChange={(change) => setTerms({ ...terms, ...change })}
            faults={problem?.faults ?? {}}
            listSize={null}
          />
          <ProblemNotice problem={problem} />
          <div class="buttons">
            <button type="submit" disabled={isBusy}>
              Create
            </button>
            <a class="button plain" href="#/">
              Cancel
            </a>
          </div>
        </Form>
      </section>
    </>
  )
}
