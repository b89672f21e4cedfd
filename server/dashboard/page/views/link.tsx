import { useApp, useSeconds, useStore } from '../hooks.ts'

/** Whether what is shown is what is so. The countdown is for eyes alone: it would be read out every second. */
export function LinkNote() {
  const { stream } = useApp()
  const link = useStore(stream.state)
  const nowMs = useSeconds(link.kind === 'waiting')
  if (link.kind === 'off') return null
  const [tone, words] = {
    live: ['good', 'live'],
    connecting: ['warn', 'connecting'],
    waiting: ['warn', 'reconnecting'],
    refused: ['bad', 'not live'],
  }[link.kind] as [string, string]
  const seconds = link.kind === 'waiting' ? Math.max(0, Math.ceil((link.untilMs - nowMs) / 1000)) : 0
  return (
    <div class={`link ${tone}`}>
      <span class="dot" aria-hidden="true" />
      <span aria-hidden="true">
        {words}
        {link.kind === 'waiting' && ` in ${seconds} s`}
      </span>
      <span class="unseen" role="status">
        {link.kind === 'live' ? 'The page is live.' : 'The page is not live; it reconnects by itself.'}
      </span>
      {link.kind === 'waiting' && (
        <button type="button" class="quiet" onClick={stream.wake}>
          Now
        </button>
      )}
    </div>
  )
}
