import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot, { type AlignedData } from 'uplot'
import { chartOptions, type Line } from './chart-options.ts'
import { clockTime, none } from './format.ts'

export type { Line } from './chart-options.ts'

interface ChartProps {
  readonly title: string
  readonly lines: readonly Line[]
  /** Seconds since 1970, then a column for each line. */
  readonly columns: readonly (readonly (number | null)[])[]
  /** The top of the scale; from the data when it is not said. */
  readonly top?: number
  readonly height?: number
}

/** Lines over time, with what they say at the cursor, or last, in words. */
export function Chart({ title, lines, columns, top, height = 180 }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const [pointed, setPointed] = useState<number | null>(null)
  const isDark = useDark()
  const topNow = useRef(top)
  topNow.current = top
  const data = columns as unknown as AlignedData

  // Drawn anew for other lines or colours, not for other data.
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const options = chartOptions({ element, lines, height, top: () => topNow.current, onPoint: setPointed })
    const made = new uPlot(options, data, element)
    plot.current = made
    const sizes = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height })
    })
    sizes.observe(element)
    return () => {
      sizes.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [isDark, height, lines])

  useEffect(() => plot.current?.setData(data), [data])

  const at = pointed ?? (columns[0]?.length ?? 0) - 1
  const time = columns[0]?.[at]
  return (
    <figure class="chart">
      <figcaption>
        <h2>{title}</h2>
        <ul class="legend">
          {lines.map(({ label, colour, format }, n) => {
            const value = columns[n + 1]?.[at]
            return (
              <li key={label}>
                <span class={`swatch c-${colour}`} />
                {label} <b>{value == null ? none : format(value)}</b>
              </li>
            )
          })}
          <li class="legend-time">{pointed !== null && time != null ? clockTime(time * 1000) : ''}</li>
        </ul>
      </figcaption>
      <div class="plot" ref={place} aria-hidden="true" />
    </figure>
  )
}

const darkQuery = matchMedia('(prefers-color-scheme: dark)')

function useDark(): boolean {
  const [isDark, setIsDark] = useState(darkQuery.matches)
  useEffect(() => {
    const look = () => setIsDark(darkQuery.matches)
    darkQuery.addEventListener('change', look)
    return () => darkQuery.removeEventListener('change', look)
  }, [])
  return isDark
}
