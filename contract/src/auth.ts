import { z } from 'zod'
import { Timestamp } from './event.js'
import { isCanarySensorId, MAX_SENSOR_ID, sensorIdProblem } from './sensor-id.js'
import { KeyKind, KeyScope, Role } from './vocabulary.js'

/** Lower-case is applied by the server: two users never differ by case alone. */
const Username = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'letters, digits, and . _ @ - inside; at most 64 characters')

/**
 * A new password: long, and any characters (NIST SP 800-63B-4 3.1.1.2). The server also refuses what is easily guessed. The upper
 * bound is that of a form, far beyond what a password manager makes.
 */
const Password = z
  .string()
  .min(15, 'at least 15 characters')
  .max(256, 'at most 256 characters')
  .meta({ description: 'Refused when it is common, or hardly more than the name of the user or of EvilTwin' })

export const LoginRequest = z.object({
  username: z.string().min(1).max(256),
  password: z.string().min(1).max(1024),
  cookie: z.boolean().default(false).meta({
    description: 'For browsers: keep the refresh token in an httpOnly cookie instead of the answer',
  }),
})
export type LoginRequest = z.infer<typeof LoginRequest>

export const TokenPair = z.object({
  access_token: z.string(),
  refresh_token: z.string().nullable().meta({ description: 'null: it is in the cookie' }),
  token_type: z.literal('Bearer'),
  expires_in: z.number().int().meta({ description: 'Seconds until the access token expires' }),
})
export type TokenPair = z.infer<typeof TokenPair>

export const RefreshRequest = z.object({
  refresh_token: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .meta({ description: 'Absent: the cookie, with the header X-EvilTwin-Dashboard' }),
})

export const User = z.object({
  id: z.uuid(),
  username: z.string(),
  role: Role,
  disabled: z.boolean(),
  created_at: Timestamp,
  last_login_at: Timestamp.nullable(),
  must_change_password: z.boolean().meta({
    description: 'The password in use is refused by the policy; nothing else is allowed before it is changed',
  }),
})
export type User = z.infer<typeof User>

export const NewUser = z.object({ username: Username, password: Password, role: Role.default('analyst') })
export type NewUser = z.infer<typeof NewUser>

export const UserPatch = z
  .object({ role: Role, password: Password, disabled: z.boolean() })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'nothing to change')
export type UserPatch = z.infer<typeof UserPatch>

export const PasswordChange = z.object({
  current_password: z.string().min(1).max(1024),
  new_password: Password,
})

/** One login of a user: a browser or a program that holds its tokens. */
export const LoginSession = z.object({
  id: z.uuid(),
  created_at: Timestamp,
  last_used_at: Timestamp.nullable().meta({
    description: 'When it logged in or last renewed its access token; null: not since the upgrade from 0.1.0',
  }),
  expires_at: Timestamp,
  address: z.string().nullable().meta({ description: 'Where it was last used from' }),
  user_agent: z.string().nullable().meta({ description: 'As its client wrote it, at most 256 characters' }),
  current: z.boolean().meta({ description: 'The login that asks' }),
})
export type LoginSession = z.infer<typeof LoginSession>

/** How many logins were ended. */
export const EndedSessions = z.object({ ended: z.number().int() })

export const ApiKey = z.object({
  id: z.uuid(),
  name: z.string(),
  scopes: z.array(KeyScope),
  kind: KeyKind.nullable().meta({ description: 'null: the key may not send events' }),
  sensor_id: z.string().nullable().meta({
    description:
      'The sensor that the key is bound to. Named by an operator: its events always belong to this sensor; bound on first use: a record that names another sensor is quarantined. null on a sensor key: its first accepted record decides',
  }),
  sensor_ids: z
    .array(z.string())
    .nullable()
    .meta({ description: 'The sensors that a collector may speak for; null on a collector: any' }),
  any_sensor: z.boolean().meta({
    description:
      'The key is valid and may speak for any sensor, so whoever has it may claim every one of them',
  }),
  bound_by: z
    .enum(['operator', 'first_use'])
    .nullable()
    .meta({ description: 'Who bound it; null while it is bound to nothing' }),
  bound_at: Timestamp.nullable(),
  refused_records: z.number().int().meta({
    description: 'Records of the last 30 days that claimed a sensor for which the key may not speak',
  }),
  last_refused_at: Timestamp.nullable(),
  prefix: z.string().meta({ description: 'The first characters, to recognise the key by' }),
  created_at: Timestamp,
  last_used_at: Timestamp.nullable(),
  revoked_at: Timestamp.nullable(),
})
export type ApiKey = z.infer<typeof ApiKey>

/** The id of a sensor as people choose it. */
export const SensorId = z
  .string()
  .trim()
  .max(MAX_SENSOR_ID)
  .superRefine((text, context) => {
    const problem = isCanarySensorId(text)
      ? 'the ids of canary tokens are reserved; no key may speak for one, so choose another id'
      : sensorIdProblem(text)
    if (problem !== null) context.addIssue({ code: 'custom', message: problem })
  })
  .meta({ minLength: 1 })
const SensorIds = z
  .array(SensorId)
  .min(1)
  .max(1000)
  .transform((ids) => [...new Set(ids)])

export const NewApiKey = z
  .object({
    name: z.string().trim().min(1).max(100),
    scopes: z.array(KeyScope).min(1).default(['ingest']),
    kind: KeyKind.default('sensor'),
    sensor_id: SensorId.nullable()
      .default(null)
      .meta({ description: 'Of a sensor key; null: its first accepted record decides' }),
    sensor_ids: SensorIds.nullable().optional().meta({
      description: 'Of a collector, which must have it: the sensors that it may speak for, or null for any',
    }),
  })
  .refine(({ kind, sensor_ids }) => (kind === 'collector') === (sensor_ids !== undefined), {
    path: ['sensor_ids'],
    message: 'a collector needs the sensors that it may speak for, or null for any; a sensor has none',
  })
  .refine(({ kind, sensor_id }) => kind === 'sensor' || sensor_id === null, {
    path: ['sensor_id'],
    message: 'a collector is bound by sensor_ids',
  })
  .refine(
    ({ scopes, sensor_id, sensor_ids }) =>
      scopes.includes('ingest') || (sensor_id === null && sensor_ids === undefined),
    {
      path: ['scopes'],
      message: 'a key without the scope ingest sends no events: add that scope, or leave its sensors out',
    },
  )
export type NewApiKey = z.infer<typeof NewApiKey>

/** The new binding of a sensor key, which replaces its present one. */
export const KeyBindingChange = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sensor'),
    sensor_id: SensorId.nullable().meta({ description: 'null: its next accepted record decides' }),
  }),
  z.strictObject({
    kind: z.literal('collector'),
    sensor_ids: SensorIds.nullable().meta({ description: 'null: any sensor' }),
  }),
])
export type KeyBindingChange = z.infer<typeof KeyBindingChange>

/** A sensor that a key sent records of. */
export const KeySensor = z.object({
  sensor_id: z.string().nullable().meta({
    description: 'null: further sensors, beyond the 1,000 accepted and 100 refused ones that are kept',
  }),
  allowed: z.boolean().meta({
    description: 'true: sent while the key could speak for any sensor; false: refused, and in the quarantine',
  }),
  records: z.number().int(),
  first_at: Timestamp,
  last_at: Timestamp,
})
export type KeySensor = z.infer<typeof KeySensor>

/** The only answer that ever holds the key itself. */
export const CreatedApiKey = ApiKey.extend({ key: z.string() })
export type CreatedApiKey = z.infer<typeof CreatedApiKey>
