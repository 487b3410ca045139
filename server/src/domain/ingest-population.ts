export const INGEST_WAY_NAMES = ['POST /log', 'HEC'] as const
/** A way of sensors to send events; each is judged alone. */
export type IngestWay = (typeof INGEST_WAY_NAMES)[number]

/** The routes of each way. The acknowledgements and the health of the event collector take no events. */
const INGEST_WAYS: Readonly<Record<IngestWay, readonly string[]>> = {
  'POST /log': ['POST /log'],
  HEC: [
    'POST /services/collector',
    'POST /services/collector/event',
    'POST /services/collector/event/1.0',
    'POST /services/collector/raw',
    'POST /services/collector/raw/1.0',
  ],
}

const WAY_OF = new Map(
  INGEST_WAY_NAMES.flatMap((way) => INGEST_WAYS[way].map((route) => [route, way] as const)),
)

/** @param route method and pattern. @returns null for a route that takes no events. */
export function wayOf(route: string): IngestWay | null {
  return WAY_OF.get(route) ?? null
}

/**
 * Whose request it was, and who answers for its outcome: `platform` is what the ingest objectives judge; the others are counted apart,
 * because what strangers and mistaken senders do, and what the platform sends itself, says nothing about whether it serves its sensors.
 */
export type IngestPopulation = 'platform' | 'refused_quota' | 'client_error' | 'unauthenticated' | 'synthetic'

/** The status of a request whose client left without an answer, as nginx logs it. Nobody receives it. */
export const UNANSWERED = 499

/** What features find out about a request while they answer it. */
export interface RequestFacts {
  /** It may send events: by its key, or because nobody needs one. */
  admitted: boolean
  /** The first characters of the key that it came with; null without a valid one. */
  keyPrefix: string | null
  /** Why it was refused for now: the whole platform is busy, or its own key sends too much. */
  refusal: 'overload' | 'own_quota' | null
  /** Of a request for an analysis: whether the LLM made the answer. */
  answeredByLlm: boolean | null
  /** It came with a key of the platform's own attacks, or brought nothing but events of such an attack. */
  isSynthetic: boolean
}

/** Facts of a request of which nothing is known yet. */
export function newRequestFacts(): RequestFacts {
  return { admitted: false, keyPrefix: null, refusal: null, answeredByLlm: null, isSynthetic: false }
}

export interface EndedRequest extends Pick<RequestFacts, 'admitted' | 'refusal' | 'isSynthetic'> {
  /** Method and pattern. */
  route: string
  /** {@link UNANSWERED} where the client left without an answer. */
  status: number
  /** Its body arrived to the end. */
  isComplete: boolean
}

/**
 * The population of a request; null for a route that takes no events. A client that leaves before its body is complete has sent no
 * request that could be answered: that is its own error.
 */
export function populationOf({
  route,
  status,
  admitted,
  refusal,
  isComplete,
  isSynthetic,
}: EndedRequest): IngestPopulation | null {
  if (wayOf(route) === null) return null
  if (!admitted) return 'unauthenticated'
  if (isSynthetic) return 'synthetic'
  if (refusal === 'own_quota') return 'refused_quota'
  if (status === UNANSWERED) return isComplete ? 'platform' : 'client_error'
  return status >= 400 && status < 500 && status !== 429 ? 'client_error' : 'platform'
}
