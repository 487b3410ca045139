/** By which a request is found again, in the log and in traces. */
export interface RequestIds {
  request_id: string
  /** W3C Trace Context; empty where there is no request. */
  traceparent: string
}
