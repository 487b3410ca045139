import { z } from 'zod'
import { Timestamp } from './event.js'
import { pageQuery } from './page.js'

/** Our own tokens, and the two kinds of foreign ones that report to a path of their own. */
export const CanaryKind = z.enum([
  'web_bug',
  'link',
  'aws_keys',
  'document',
  'docx',
  'pdf',
  'login_form',
  'kubeconfig',
  'env_file',
  'git_repository',
  'sql_dump',
  'robots_txt',
  'mcp_server',
  'dns',
  'wireguard',
  'canarytokens',
  'opencanary',
])
export type CanaryKind = z.infer<typeof CanaryKind>

export const NewCanaryToken = z.object({
  kind: CanaryKind,
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .meta({ description: 'Where it lies; shown in the alert', examples: ['finance share, passwords.docx'] }),
})
export type NewCanaryToken = z.infer<typeof NewCanaryToken>

export const CanaryToken = z.object({
  id: z.uuid(),
  kind: CanaryKind,
  name: z.string(),
  enabled: z.boolean(),
  sensor_id: z.string().meta({ description: 'Its events and sessions carry this sensor_id' }),
  url: z.string().meta({
    description:
      'What to plant: a URL, or a name in the DNS (`dns`, `wireguard`); for foreign tokens where to send the webhook',
  }),
  created_by: z.string(),
  created_at: Timestamp,
  hit_count: z.number().int().meta({ description: 'Visits that are stored' }),
  visits_beyond_limit: z.number().int().meta({
    description:
      'Visits that were counted and not stored, because there were more than CANARY_VISITS_PER_TOKEN or _PER_ADDRESS',
  }),
  last_hit_at: Timestamp.nullable(),
})
export type CanaryToken = z.infer<typeof CanaryToken>

/** A file to plant, ready for download. */
export const CanaryArtifact = z.object({
  filename: z.string(),
  media_type: z.string(),
  content: z.string(),
  encoding: z.enum(['utf8', 'base64']).meta({ description: 'How `content` has the bytes of the file' }),
})
export type CanaryArtifact = z.infer<typeof CanaryArtifact>

export const CanaryTokenDetail = CanaryToken.extend({
  artifact: CanaryArtifact.nullable(),
  instructions: z.string(),
})
export type CanaryTokenDetail = z.infer<typeof CanaryTokenDetail>

export const CanaryTokenPatch = z
  .object({ enabled: z.boolean(), name: NewCanaryToken.shape.name })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'nothing to change')
export type CanaryTokenPatch = z.infer<typeof CanaryTokenPatch>

export const CanaryHitQuery = z.object({ limit: pageQuery.limit, cursor: pageQuery.cursor })
export type CanaryHitQuery = z.infer<typeof CanaryHitQuery>

/** What was asked for by a visit of one of our own tokens, as its client sent it. */
export const CanaryVisit = z.object({
  method: z.string().meta({ description: 'HTTP method; of a lookup in the DNS, the record type' }),
  target: z.string().meta({ description: 'Path behind the token; of a lookup, the whole name' }),
  referer: z.string().nullable(),
  accept_language: z.string().nullable(),
  client_subnet: z
    .string()
    .nullable()
    .meta({ description: 'Network for which a resolver asked, if it says so (RFC 7871)' }),
})
export type CanaryVisit = z.infer<typeof CanaryVisit>

export const CanaryHit = z.object({
  event_id: z.uuid(),
  session_id: z.uuid(),
  occurred_at: Timestamp,
  source_ip: z.string().meta({ description: 'Of a lookup in the DNS, that of the resolver' }),
  source_port: z.number().int().nullable(),
  protocol: z.string().nullable(),
  client: z.string().nullable().meta({ description: 'User agent' }),
  username: z.string().nullable(),
  password: z.string().nullable(),
  message: z.string().nullable(),
  visit: CanaryVisit.nullable().meta({
    description: 'Null where another system reported it, and where retention has removed the record',
  }),
})
export type CanaryHit = z.infer<typeof CanaryHit>

/** What another canary system is answered: it need not know more, and must not repeat itself. */
export const CanaryHookAnswer = z.object({
  status: z.enum(['processed', 'quarantined', 'ignored', 'counted']).meta({
    description:
      'ignored: a service message, not a touch; counted: beyond the limit of the token, and not stored',
  }),
})
export type CanaryHookAnswer = z.infer<typeof CanaryHookAnswer>

/** Whether the URL of canary tokens leads to this server. */
export const CanaryUrlCheck = z.object({
  url: z.string().meta({ description: 'CANARY_URL' }),
  outcome: z.enum(['reachable', 'another_program', 'unreachable']).meta({
    description: 'another_program: something answered that is not this server',
  }),
  detail: z.string(),
  checked_at: Timestamp,
})
export type CanaryUrlCheck = z.infer<typeof CanaryUrlCheck>

/** The zone of tokens in the DNS, and the records that delegate it to this server. */
export const CanaryZone = z.object({
  name: z.string().meta({ description: 'CANARY_DNS_ZONE' }),
  host: z.string().meta({ description: 'Address that the DNS server listens on' }),
  port: z.number().int(),
  address: z.string().nullable().meta({ description: 'CANARY_DNS_ADDRESS' }),
  records: z
    .array(
      z.object({
        name: z.string(),
        type: z.enum(['NS', 'A']),
        value: z
          .string()
          .nullable()
          .meta({ description: 'Null: the public address of this server, which it does not know' }),
      }),
    )
    .meta({ description: 'To create in the parent zone' }),
})
export type CanaryZone = z.infer<typeof CanaryZone>

export const CanaryDns = z.object({
  zone: CanaryZone.nullable().meta({ description: 'Null: none is configured' }),
})
export type CanaryDns = z.infer<typeof CanaryDns>

export const CanaryDnsStep = z.object({
  name: z.enum(['delegation', 'address', 'udp', 'tcp']).meta({
    description:
      'The NS record of the zone; the A record of its server; a lookup that reaches this server over UDP, and over TCP',
  }),
  outcome: z.enum(['ok', 'failed']),
  detail: z.string().meta({ description: 'What was seen, or what is missing' }),
})
export type CanaryDnsStep = z.infer<typeof CanaryDnsStep>

/** Whether lookups of names in the zone reach this server. */
export const CanaryDnsCheck = z.object({
  zone: z.string(),
  steps: z.array(CanaryDnsStep),
  checked_at: Timestamp,
})
export type CanaryDnsCheck = z.infer<typeof CanaryDnsCheck>
