/** Where one kind of telemetry is sent, as the exporters take it. */
export interface OtlpTarget {
  url: string
  timeoutMillis: number
}

/** Milliseconds in which the endpoint has to take a batch. */
export const EXPORT_TIMEOUT_MS = 5_000

/** The path of a signal below an endpoint (https://opentelemetry.io/docs/specs/otlp/#otlphttp-request). */
export function otlpTarget(endpoint: string, signal: 'metrics' | 'traces' | 'logs'): OtlpTarget {
  return { url: `${endpoint.replace(/\/+$/, '')}/v1/${signal}`, timeoutMillis: EXPORT_TIMEOUT_MS }
}
