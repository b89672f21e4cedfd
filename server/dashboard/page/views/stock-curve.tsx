import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Curve } from '../api/types.ts'
import { useApp, useAsked, useStore } from '../hooks.ts'
import { appendPoint, type CurvePoints } from '../live/curve.ts'
import type { LiveCoupon } from '../live/events.ts'
import { Chart, type Line } from '../parts/chart.tsx'
import { count } from '../parts/format.ts'
import { ProblemNotice } from '../parts/notice.tsx'

const lines: readonly Line[] = [
  { label: 'left', colour: 'claimed', format: count, isFilled: true, isStepped: true },
]

const empty: CurvePoints = { at: [], remaining: [] }

/** The stock from the first claim on: what was, from the API, and what comes, from the stream. */
export function StockCurve({ name, live }: { readonly name: string; readonly live: LiveCoupon | null }) {
  const { stream, sale } = useApp()
  const link = useStore(stream.state)
  const { data, problem, reload } = useAsked<Curve>(`/coupons/${encodeURIComponent(name)}/curve`)
  const [points, setPoints] = useState<CurvePoints>(empty)

  // What happened while the stream was away is not in it.
  useEffect(() => {
    if (link.kind === 'live') reload()
  }, [link.kind])

  useEffect(() => {
    if (data === null) return
    const at = data.points.map((point) => Date.parse(point.at) / 1000)
    setPoints({ at, remaining: data.points.map((point) => point.remaining) })
  }, [data])

  const left = live?.remaining_amount
  useEffect(() => {
    if (left !== undefined && data !== null)
      setPoints((known) => appendPoint(known, sale.get().atMs / 1000, left))
  }, [left, data, sale])

  const columns = useMemo(() => [points.at, points.remaining], [points])
  return (
    <section class="charts one">
      <ProblemNotice problem={problem} />
      <Chart
        title="Stock"
        lines={lines}
        columns={columns}
        height={220}
        top={live?.amount ?? data?.amount ?? 1}
      />
    </section>
  )
}
