import { render } from 'preact'
import type { Settings } from './api/types.ts'
import { createApp } from './app.ts'
import { AppProvider } from './hooks.ts'
import { Shell } from './views/shell.tsx'

const place = document.getElementById('page')
if (place !== null) await start(place)

/** Reads where the API is, then shows who is signed in what there is to see. */
async function start(element: HTMLElement): Promise<void> {
  const settings = await readSettings(element)
  const app = createApp(settings)
  addEventListener('online', app.stream.wake)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) app.stream.wake()
  })
  render(
    <AppProvider value={app}>
      <Shell />
    </AppProvider>,
    element,
  )
  await app.session.restore()
}

/** Waits for a server that restarts just now. */
async function readSettings(element: HTMLElement): Promise<Settings> {
  for (;;) {
    try {
      const response = await fetch('/dashboard.json')
      if (response.ok) return (await response.json()) as Settings
    } catch {
      // Told below.
    }
    render(
      <main>
        <p class="notice warn" role="alert">
          The server does not answer. The page tries again every 2 seconds.
        </p>
      </main>,
      element,
    )
    await new Promise((resolve) => setTimeout(resolve, 2000))
  }
}
