import type { Header, Parameter, Reference } from './types.ts'

/** The headers by which a request is found again, which every operation takes and answers. */

const traceExample = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

export const idParameters: Readonly<Record<string, Parameter>> = {
  'Correlation-ID': {
    name: 'Correlation-ID',
    in: 'header',
    description:
      'Comes back in the answer and stands in the log: printable ASCII, at most 128 characters. Anything else is replaced by a fresh UUID.',
    schema: { type: 'string' },
    example: 'checkout-7',
  },
  traceparent: {
    name: 'traceparent',
    in: 'header',
    description:
      'W3C Trace Context: the trace that this request is a part of. It stands in the log and is passed on to the database. One that is invalid is ignored, and a new trace begins.',
    schema: { type: 'string' },
    example: traceExample,
  },
  tracestate: {
    name: 'tracestate',
    in: 'header',
    description: 'Passed on with a valid `traceparent`, up to 512 characters.',
    schema: { type: 'string' },
    example: 'vendor=opaque',
  },
}

export const idHeaders: Readonly<Record<string, Header>> = {
  'Correlation-ID': {
    description: "The request's own, or a fresh UUID.",
    required: true,
    schema: { type: 'string', minLength: 1, maxLength: 128 },
  },
  traceresponse: {
    description:
      'In the form of `traceparent`, to who has sent one: the trace, which is a new one where the header could not be taken over, and our own span in it.',
    schema: { type: 'string', pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$', examples: [traceExample] },
  },
}

/** References to these, as each operation and each answer has them. */
export const takesIds: readonly Reference[] = Object.keys(idParameters).map((name) => ({
  $ref: `#/components/parameters/${name}`,
}))

export const answersIds: Readonly<Record<string, Reference>> = Object.fromEntries(
  Object.keys(idHeaders).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
)
