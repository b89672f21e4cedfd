import { get } from 'node:http'

/** A page that has not come by then will not. */
const silentMs = 1_500

/** What the server at this address tells in /metrics, asked over a connection of its own; null when there is no whole page. */
export function readMetrics(url: string): Promise<string | null> {
  return new Promise((resolve) => {
    const request = get(`${url}/metrics`, { agent: false, timeout: silentMs }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(response.statusCode === 200 ? text : null))
      response.on('error', () => resolve(null))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(null))
    request.on('close', () => resolve(null))
  })
}

/** The value of a sample, named with its labels: `coupon_metrics_processes{state="answered"}`. Null when the page has none. */
export function sampleIn(text: string, sample: string): number | null {
  const line = text.split('\n').find((each) => each.startsWith(`${sample} `))
  return line === undefined ? null : Number(line.slice(sample.length + 1))
}
