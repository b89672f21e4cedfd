import type { LiveProcess } from '../live/events.ts'
import { count, milliseconds } from '../parts/format.ts'
import { QueueBar } from '../parts/stock-bar.tsx'

/** The server's processes, those of other machines too, and how full their queues are. */
export function Processes({ processes }: { readonly processes: readonly LiveProcess[] }) {
  return (
    <section class="card" aria-labelledby="processes">
      <h2 id="processes">Server processes</h2>
      {processes.length === 0 && <p class="empty">None has been heard of yet.</p>}
      <ul class="processes">
        {processes.map((process) => (
          <ProcessItem key={process.id} process={process} />
        ))}
      </ul>
    </section>
  )
}

/** A process says something every few seconds; one that is silent for longer is marked. */
const silentMs = 3000

function ProcessItem({ process }: { readonly process: LiveProcess }) {
  const { id, worker, strategy, queue, queue_limit, in_flight, connections } = process
  return (
    <li>
      <p class="process-name">
        <b>{worker === null ? 'Server' : `Worker ${worker}`}</b> <span class="muted">{id}</span>
        <span class="badge plain">{strategy}</span>
      </p>
      <QueueBar queue={queue} limit={queue_limit} />
      <dl class="facts">
        <div>
          <dt>queued</dt>
          <dd>
            {count(queue)} <span class="muted">of {count(queue_limit)}</span>
          </dd>
        </div>
        <div>
          <dt>in flight</dt>
          <dd>{count(in_flight)}</dd>
        </div>
        <div>
          <dt>connections</dt>
          <dd>{count(connections)}</dd>
        </div>
        <div>
          <dt>loop lag</dt>
          <dd>{milliseconds(process.event_loop_lag_ms)}</dd>
        </div>
      </dl>
      {process.seen_ms_ago > silentMs && (
        <p class="fault">Not heard of for {Math.round(process.seen_ms_ago / 1000)} s.</p>
      )}
    </li>
  )
}
