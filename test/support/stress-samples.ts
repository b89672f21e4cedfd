import type { StressDocument, ThresholdResult } from '../../cli/stress/report/document.ts'
import {
  burstLines,
  checksWith,
  rateLines,
  type SampleLine,
  sampleDocument,
  sampleRun,
  sampleShape,
} from './stress-runs.ts'

const undersold =
  'Only 58 of 100 possible claims were made: 942 requests were refused (942 busy, 0 errors and 0 sold out) while 42 units were left.'

const openShape = {
  ...sampleShape,
  load: { kind: 'rate', perS: 2000, durationS: 1.5 },
  mix: { claim: 90, release: 5, eligibility: 5 },
  duplicates: 0.1,
  abandon: 0.05,
} as const

const thresholds: ThresholdResult[] = [
  {
    expression: 'p99<50ms',
    strategy: 'batch',
    actual: 96.4,
    limit: 50,
    unit: 'ms',
    passed: false,
    detail: 'p99<50ms: p99 was 96.4 ms, 46.4 ms too slow.',
  },
  {
    expression: 'claims_per_s>200',
    strategy: 'batch',
    actual: 460.1,
    limit: 200,
    unit: 'per_s',
    passed: true,
    detail: 'claims_per_s>200: claims_per_s was 460.1.',
  },
]

/** One document of each kind, always the same. */
export const samples = {
  burst: () => sampleDocument({ runs: [sampleRun()] }),

  rate: () => {
    const run = sampleRun({
      lines: rateLines(),
      shape: openShape,
      errors: [
        { error: 'UND_ERR_SOCKET', count: 4, uncertain: 3, example: 'other side closed' },
        { error: '503 service_unavailable_error', count: 2, uncertain: 0, example: 'The queue is full.' },
      ],
      generator: {
        threads: 2,
        loop_lag_ms: { mean: 12.1, p99: 48.25, max: 61.5 },
        busiest_thread: 0.981,
        cpus_used: 1.87,
        peak_memory_mb: 240.2,
        was_limit: true,
        reason: 'its busiest thread was 98 % busy and its event loop came round 48 ms late',
      },
    })
    return sampleDocument({
      runs: [run],
      plan: { shape: openShape, requests: 3000, threads: 2, warmupS: 5, isCold: true },
    })
  },

  interrupted: () => {
    const lines = burstLines().map((line, index): SampleLine => {
      if (index >= 600) return { end: 'planned' }
      return index < 590 ? line : { ...line, end: 'sent' }
    })
    return sampleDocument({ runs: [sampleRun({ lines, isInterrupted: true })] })
  },

  repeats: () => {
    const runs = [1, 1.4, 1.1].map((pace, repeat) =>
      sampleRun({ repeat, seed: 7 + repeat, lines: burstLines({ pace, seed: repeat + 1 }) }),
    )
    return sampleDocument({ runs, plan: { repeat: 3 } })
  },

  comparison: () => {
    const lock = { checks: checksWith({ not_undersold: undersold }), undersold: 42 }
    const busy = (repeat: number) =>
      burstLines({ pace: 30, seed: 5 + repeat, units: 58 }).map(
        (line): SampleLine => (line.end === 'sold_out' ? { ...line, end: 'busy', status: 409 } : line),
      )
    const fast = (repeat: number, pace: number) => burstLines({ pace, seed: 9 + repeat })
    const runs = [
      sampleRun({ repeat: 0, strategy: 'lock', lines: busy(0) }, lock),
      sampleRun({ repeat: 0, strategy: 'batch', lines: fast(0, 0.1) }),
      sampleRun({ repeat: 0, strategy: 'atomic', lines: fast(1, 0.9) }),
      sampleRun({ repeat: 1, strategy: 'atomic', lines: fast(2, 1) }),
      sampleRun({ repeat: 1, strategy: 'batch', lines: fast(3, 0.12) }),
      sampleRun({ repeat: 1, strategy: 'lock', lines: busy(1) }, lock),
    ]
    return sampleDocument({ runs, plan: { repeat: 2, strategies: ['batch', 'atomic', 'lock'] } })
  },

  failed: () => {
    const checks = checksWith({
      not_oversold: '103 claims are stored for an amount of 100: 3 too many.',
      one_claim_each: '2 users have more than one claim stored (first user_7).',
    })
    return sampleDocument({ runs: [sampleRun({ evidence: 'api' }, { checks, oversold: 3 })] })
  },

  crossed: () => sampleDocument({ runs: [sampleRun()], thresholds }),
} satisfies Record<string, () => StressDocument>
