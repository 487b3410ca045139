import type { MismatchingKey, RefusedKey } from '../auth/index.js'
import type { FailingChannel } from '../notifications/index.js'
import type { SilentSensor } from '../sensors/index.js'
import type { ForgedMarkers } from '../synthetic/index.js'
import type { BurnSignal } from './burn-signal.js'
import type { OpsRule } from './rules.js'

/** The weekly test of a channel that failed. */
export interface FailedChannelTest {
  channel_name: string
  failure: string
}

/** Where the details of an alert are read. */
export interface DetailSources {
  burn: BurnSignal
  failingChannels: () => Promise<readonly FailingChannel[]>
  failedChannelTests: () => Promise<readonly FailedChannelTest[]>
  /** Those refused since then; milliseconds since the epoch. */
  refusedKeys: (since: number) => Promise<readonly RefusedKey[]>
  /** Keys that claimed sensors for which they may not speak, since then; milliseconds since the epoch. */
  mismatchingKeys: (since: number) => Promise<readonly MismatchingKey[]>
  /** Expected sensors without data, the longest silent first; at most so many. */
  silentSensors: (limit: number) => Promise<readonly SilentSensor[]>
  /** Who sent forged markers since then, the latest first; milliseconds since the epoch. */
  forgedMarkers: (since: number) => Promise<readonly ForgedMarkers[]>
  /** Who holds most of the quarantine, one item a key. */
  quarantineHolders: () => Promise<readonly string[]>
}

const MINUTE_MS = 60_000
/** Things that a detail names; further ones are counted. */
const NAMED = 5
/** Silent sensors that are read; further ones are in the value of the alert. */
const MOST_SILENT = 1_000

/** What a rule is about now, in words: which windows, channels or keys. Null where its value says it all. */
export async function detailOf(
  { signal }: OpsRule,
  at: number,
  sources: DetailSources,
): Promise<string | null> {
  switch (signal.kind) {
    case 'burn_rate':
      return sources.burn.describe(signal.objective, at)
    case 'channels_failing':
      return listed(
        (await sources.failingChannels()).map(({ name, type, error }) => `${name} (${type}): ${error}`),
      )
    case 'channel_tests_failed':
      return listed(
        (await sources.failedChannelTests()).map(
          ({ channel_name, failure }) => `${channel_name}: ${failure}`,
        ),
      )
    case 'keys_refused':
      return listed(
        (await sources.refusedKeys(at - signal.minutes * MINUTE_MS)).map(
          ({ key_prefix, address, revoked, refusals }) =>
            `${revoked ? 'revoked key' : 'key'} ${key_prefix}… from ${address}, ${refusals === 1 ? 'once' : `${refusals} times`}`,
        ),
      )
    case 'sensor_mismatches':
      return listed((await sources.mismatchingKeys(at - signal.minutes * MINUTE_MS)).map(mismatchText))
    case 'sensors_silent':
      return listed((await sources.silentSensors(MOST_SILENT)).map(silentText))
    case 'markers_forged':
      return listed((await sources.forgedMarkers(at - signal.minutes * MINUTE_MS)).map(forgedText))
    case 'quarantine_share':
      return listed(await sources.quarantineHolders())
    default:
      return null
  }
}

function mismatchText({ prefix, name, sensor_ids, sensors }: MismatchingKey): string {
  const more = sensors > sensor_ids.length ? ` and ${sensors - sensor_ids.length} more` : ''
  return `key ${prefix}… (${name}) claimed ${sensor_ids.map((id) => JSON.stringify(id)).join(', ')}${more}`
}

function silentText({ sensor_id, heard_at, limit_seconds }: SilentSensor): string {
  const limit = limit_seconds === null ? '' : `, at most ${Math.ceil(limit_seconds / 60)} min expected`
  return `${JSON.stringify(sensor_id)} (last received ${heard_at.slice(0, 16)}Z${limit})`
}

const FORGED_HOW: Readonly<Record<ForgedMarkers['reason'], string>> = {
  unknown: 'forged',
  replayed: 'used again',
  elsewhere: 'of another sensor or address',
}

function forgedText({ reason, sensor_id, source_ip, markers }: ForgedMarkers): string {
  const times = markers === 1 ? 'once' : `${markers} times`
  return `${FORGED_HOW[reason]}, ${times}, from ${source_ip} on ${JSON.stringify(sensor_id)}`
}

function listed(items: readonly string[]): string | null {
  if (items.length === 0) return null
  const more = items.length > NAMED ? `; and ${items.length - NAMED} more` : ''
  return `${items.slice(0, NAMED).join('; ')}${more}.`
}
