/** The newest request of each bucket of `http.server.request.duration`, by which a slow one is found in the traces and the log. */
export interface Exemplars {
  add(labels: string, seconds: number, trace_id: string): void
  /** @param bound the bucket's upper bound as printed, `+Inf` for the last. */
  find(labels: string, bound: string): { seconds: number; trace_id: string } | null
}

/** Labels are bounded by our routes and the status codes we answer. */
export function createExemplars(bounds: readonly number[]): Exemplars {
  const names = [...bounds.map(String), '+Inf']
  const newest = new Map<string, { seconds: number; trace_id: string }>()
  return {
    add(labels, seconds, trace_id) {
      const index = bounds.findIndex((bound) => seconds <= bound)
      newest.set(`${labels} ${names[index === -1 ? bounds.length : index]}`, { seconds, trace_id })
    },
    find: (labels, bound) => newest.get(`${labels} ${bound}`) ?? null,
  }
}

const REQUEST_BUCKET =
  /^http_server_request_duration_seconds_bucket\{http_request_method="([^"]*)",http_route="([^"]*)",http_response_status_code="([^"]*)",le="([^"]*)"\} \d+$/

/**
 * The Prometheus text as OpenMetrics 1.0: families of counters are named without `_total`, exemplars follow their bucket, and
 * the text has an end. https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 */
export function toOpenMetrics(text: string, exemplars: Exemplars): string {
  const lines = text.split('\n').filter((line) => line !== '')
  const counters = new Set(lines.flatMap((line) => /^# TYPE (\S+)_total counter$/.exec(line)?.[1] ?? []))
  const rewritten = lines.map((line) => {
    const described = /^# (HELP|TYPE) (\S+)_total (.*)$/.exec(line)
    if (described && counters.has(described[2] ?? ''))
      return `# ${described[1]} ${described[2]} ${described[3]}`
    const [, method, route, status, bound = ''] = REQUEST_BUCKET.exec(line) ?? []
    const exemplar = method === undefined ? null : exemplars.find(`${method} ${route} ${status}`, bound)
    return exemplar ? `${line} # {trace_id="${exemplar.trace_id}"} ${exemplar.seconds}` : line
  })
  return `${rewritten.join('\n')}\n# EOF\n`
}
