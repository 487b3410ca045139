import type { Event } from '@eviltwin/contract'
import { windowKey } from '../../../domain/identity.js'
import { UNKNOWN_SOURCE } from '../../../domain/ip-address.js'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, type EventDetails, eventOf, Rejection } from './adapter.js'
import {
  asObject,
  commandOf,
  described,
  field,
  firstField,
  ipOf,
  joined,
  MAX_NAME,
  objectField,
  originOf,
  sensorIdOf,
  textField,
  textOf,
} from './fields.js'
import { identified } from './identified.js'

/** The token of the call by which Canarytokens tests a webhook when somebody enters it. */
const TEST_TOKEN = 'a+test+token'
/** What it sends instead where the webhook looks like that of a chat. */
const TEST_TITLE = 'Validating new Canarytokens webhook'
/** The action of the event of a test call. */
const TEST_ACTION = 'canarytokens.test'

/** Members of `src_data` and `additional_data` that have a field of their own, repeat another, or say where an address is. */
const NOT_DESCRIBED = new Set(['src_ip', 'useragent', 'user_agent', 'geo_info', 'time_hm', 'time_ymd'])

export function looksLikeCanarytokens(json: JsonObject): boolean {
  return typeof field(json, 'manage_url') === 'string' && typeof field(json, 'memo') === 'string'
}

/** Whether a webhook's message is the one by which Canarytokens tests the webhook: nobody touched anything. */
export function isTestCall(json: JsonObject): boolean {
  if (looksLikeCanarytokens(json)) return field(json, 'token') === TEST_TOKEN
  return looksLikeChat(json) && (described(json)?.includes(TEST_TITLE) ?? false)
}

/**
 * Normalizes the generic webhook of Canarytokens, hosted or one's own: somebody touched a token, or found it published, always a `canary`.
 * Many tokens (credit cards, mail, keys of clouds) tell no source address. Older versions name it in `additional_data` alone.
 * Format: thinkst/canarytokens, models/common.py (TokenAlertDetails, TokenExposedDetails).
 */
export const fromCanarytokens: Adapter = ({ json, raw }, context) => {
  const isTest = isTestCall(json)
  const additional = objectField(json, 'additional_data') ?? {}
  const told = isTest ? null : (firstField(json, ['src_ip']) ?? field(additional, 'src_ip'))
  // Clouds name services of theirs instead of an address.
  const source = ipOf(told) ?? UNKNOWN_SOURCE
  const origin = originOf(source, firstField(json, ['time', 'exposed_time']), context)
  if (origin instanceof Rejection) return origin
  const sensor_id = sensorIdOf(undefined, 'canarytoken', context)
  if (sensor_id instanceof Rejection) return sensor_id
  const token = textField(json, 'token', MAX_NAME)
  const { id, base } = identified(
    {
      origin,
      sensor_id,
      sensor_kind: 'canarytoken',
      session_key: `${token ?? ''} ${windowKey(origin.occurred_at)}`,
      content: json,
      raw,
    },
    context,
  )
  const details = detailsOf(json, additional, source === UNKNOWN_SOURCE ? textOf(told, MAX_NAME) : null)
  return [eventOf(id, base, isTest ? { ...details, event_type: 'other', action: TEST_ACTION } : details, raw)]
}

function detailsOf(json: JsonObject, additional: JsonObject, sourceName: string | null): EventDetails {
  const data = objectField(json, 'src_data') ?? {}
  const either = (names: readonly string[]) => firstField(data, names) ?? firstField(additional, names)
  const kind = textField(json, 'token_type', MAX_NAME)
  const channel = textField(json, 'channel', MAX_NAME)
  const isExposed = Object.hasOwn(json, 'exposed_time')
  return {
    event_type: 'canary',
    action: `canarytokens.${kind ?? 'token'}${isExposed ? '.exposed' : ''}`,
    protocol: channel?.toLowerCase() ?? null,
    username:
      textOf(either(['windows_desktopini_access_username', 'cmd_user_name', 'username', 'identity'])) ??
      textField(json, 'key_id'),
    command: commandOf(either(['cmd_process', 'windows_fake_fs_process_name', 'tool_called'])),
    url: textField(json, 'public_location') ?? textOf(either(['location'])),
    client: textOf(either(['useragent', 'user_agent', 'tls_ja4_fingerprint']), MAX_NAME),
    message: joined(
      textField(json, 'memo'),
      kind,
      channel,
      isExposed ? 'found published' : null,
      sourceName,
      rest(data),
      rest(additional),
    ),
  }
}

function rest(data: JsonObject): string | null {
  return described(
    data,
    Object.keys(data).filter((name) => !NOT_DESCRIBED.has(name)),
  )
}

/** Lists in which chats (Slack, Mattermost, Discord, Microsoft Teams, Google Chat) take what a webhook has to say. */
const CHAT_LISTS = ['blocks', 'attachments', 'embeds', 'cardsV2']

export function looksLikeChat(json: JsonObject): boolean {
  return CHAT_LISTS.some((name) => Array.isArray(field(json, name)))
}

/** Members of a chat's message that are no words of it. */
const NO_WORDS = new Set(['type', 'image_url', 'icon_url', 'imageUrl', 'iconUrl', 'alt_text', '$schema'])
const MAX_WORDS = 100

/**
 * Normalizes what a canary writes to a chat. Who touched it is somewhere in the words, which the intruder may have written in part: the
 * source stays unknown.
 */
export const fromChat: Adapter = ({ json, raw }, context) => {
  const origin = originOf(UNKNOWN_SOURCE, undefined, context)
  if (origin instanceof Rejection) return origin
  const sensor_id = sensorIdOf(undefined, 'canarytoken', context)
  if (sensor_id instanceof Rejection) return sensor_id
  const { id, base } = identified(
    {
      origin,
      sensor_id,
      sensor_kind: 'canarytoken',
      session_key: windowKey(origin.occurred_at),
      content: json,
      raw,
    },
    context,
  )
  const details: EventDetails = { event_type: 'canary', action: 'chat.message', message: wordsOf(json) }
  return [
    eventOf(
      id,
      base,
      isTestCall(json) ? { ...details, event_type: 'other', action: TEST_ACTION } : details,
      raw,
    ),
  ]
}

function wordsOf(json: JsonObject): Event['message'] {
  const words: string[] = []
  for (const word of wordsIn(json)) {
    words.push(word)
    if (words.length === MAX_WORDS) break
  }
  return joined(...words)
}

/** Recursive: how deep a record is nested has a limit before it is read. */
function* wordsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (Array.isArray(value)) for (const each of value) yield* wordsIn(each)
  else
    for (const [name, each] of Object.entries(asObject(value) ?? {}))
      if (!NO_WORDS.has(name)) yield* wordsIn(each)
}
