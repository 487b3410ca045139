import { z } from 'zod'

/**
 * What clients of the original system and of release 0.1.0 may still send (docs/api-compatibility.md). All of it is here and deprecated: former
 * names of query parameters with the current ones, and fields that stand beside current ones.
 */
export const formerNames = {
  sessions: {
    ip: 'src_ip',
    honeypot: 'sensor_id',
    start_date: 'from',
    end_date: 'to',
    page_size: 'limit',
    signal: 'behaviour',
  },
  sessionFacets: { signal: 'behaviour' },
  alerts: { min_level: 'threat_level' },
} as const

/** A page by its number; it costs reading all pages before it, so `cursor` is better, and there is a last one. */
export const formerPage = {
  page: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .optional()
    .meta({ deprecated: true, description: 'Number of the page; `cursor` goes further and is faster' }),
}

const MAX_MESSAGE_LENGTH = 4_000

/** One question without a conversation before it. */
export const formerChat = {
  message: z
    .string()
    .min(1)
    .max(MAX_MESSAGE_LENGTH)
    .optional()
    .meta({ deprecated: true, description: 'A single question, instead of `messages`' }),
}
