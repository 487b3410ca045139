/** The newest request of each bucket of `http.server.request.duration`, by which a slow one is found in the traces and the log. */
export interface Exemplars extends ExemplarReader {
  add(labels: string, seconds: number, trace_id: string): void
  all(): Exemplar[]
}

export interface ExemplarReader {
  /** @param bound the bucket's upper bound as printed, `+Inf` for the last. */
  find(labels: string, bound: string): Pick<Exemplar, 'seconds' | 'trace_id'> | null
}

export interface Exemplar {
  /** Labels and upper bound, with a space between. */
  bucket: string
  seconds: number
  trace_id: string
  /** Milliseconds since the epoch. */
  at: number
}

/** Labels are bounded by our routes and the status codes we answer. */
export function createExemplars(bounds: readonly number[]): Exemplars {
  const names = [...bounds.map(String), '+Inf']
  const newest = new Map<string, Omit<Exemplar, 'bucket'>>()
  return {
    add(labels, seconds, trace_id) {
      const index = bounds.findIndex((bound) => seconds <= bound)
      const bucket = `${labels} ${names[index === -1 ? bounds.length : index]}`
      newest.set(bucket, { seconds, trace_id, at: Date.now() })
    },
    find: (labels, bound) => newest.get(`${labels} ${bound}`) ?? null,
    all: () => [...newest].map(([bucket, exemplar]) => ({ bucket, ...exemplar })),
  }
}

/** Those of several processes. */
export function exemplarsAmong(exemplars: readonly Exemplar[]): ExemplarReader {
  const byBucket = new Map(exemplars.map((exemplar) => [exemplar.bucket, exemplar]))
  return { find: (labels, bound) => byBucket.get(`${labels} ${bound}`) ?? null }
}

const REQUEST_BUCKET =
  /^http_server_request_duration_seconds_bucket\{http_request_method="([^"]*)",http_route="([^"]*)",http_response_status_code="([^"]*)",le="([^"]*)"\} \d+$/

/**
 * The Prometheus text as OpenMetrics 1.0: families of counters are named without `_total`, exemplars follow their bucket, and
 * the text has an end. https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 */
export function toOpenMetrics(text: string, exemplars: ExemplarReader): string {
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
