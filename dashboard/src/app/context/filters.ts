import type { AlertLevel, AlertState, EventType, SensorState, Suppression } from '@eviltwin/contract'
import { LEVELS } from '../../components/level'
import { choiceIn, momentIn, textIn } from './search'

export const EVENT_TYPES: readonly EventType[] = [
  'connect',
  'login_attempt',
  'command',
  'file_download',
  'file_upload',
  'proxy_request',
  'exploit',
  'canary',
  'disconnect',
  'other',
]
const ALERT_LEVELS: readonly AlertLevel[] = ['high', 'critical']
export const ALERT_STATES: readonly AlertState[] = ['open', 'acknowledged', 'resolved']
export const SUPPRESSIONS: readonly Suppression[] = [
  'backfill',
  'campaign',
  'mute',
  'known_scanner',
  'minimum_level',
]
const SORTS = ['last_seen_at', 'event_count', 'threat_score'] as const

/** Only what is there: the router writes what it is given into the URL. */
export function present<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: NonNullable<Fields[Name]>
  }
}

/** Filters of sessions and attackers, as the API names them. */
export function readSessionSearch(search: Record<string, unknown>) {
  return present({
    threat_level: choiceIn(search, 'threat_level', LEVELS),
    level: choiceIn(search, 'level', LEVELS),
    src_ip: textIn(search, 'src_ip'),
    sensor_id: textIn(search, 'sensor_id'),
    protocol: textIn(search, 'protocol'),
    event_type: choiceIn(search, 'event_type', EVENT_TYPES),
    country: textIn(search, 'country'),
    behaviour: textIn(search, 'behaviour') ?? textIn(search, 'signal'),
    technique: textIn(search, 'technique'),
    active: search['active'] === true ? (true as const) : undefined,
    from: momentIn(search, 'from'),
    started_from: momentIn(search, 'started_from'),
    to: momentIn(search, 'to'),
    q: textIn(search, 'q'),
    sort: choiceIn(search, 'sort', SORTS),
  })
}
export type SessionSearch = ReturnType<typeof readSessionSearch>

/** The filters as the API spells them; sorting is not one. */
export function filterQuery({ sort: _, active, level, ...filter }: SessionSearch) {
  return { ...filter, ...(level && { level: [level] }), ...(active && { active: 'true' }) }
}

export function readAlertSearch(search: Record<string, unknown>) {
  return present({
    state: choiceIn(search, 'state', ALERT_STATES),
    threat_level: choiceIn(search, 'threat_level', ALERT_LEVELS),
    level: choiceIn(search, 'level', ALERT_LEVELS),
    src_ip: textIn(search, 'src_ip'),
    sensor_id: textIn(search, 'sensor_id'),
    assignee: textIn(search, 'assignee'),
    from: momentIn(search, 'from'),
    to: momentIn(search, 'to'),
    suppressed_by: choiceIn(search, 'suppressed_by', SUPPRESSIONS),
    alert: textIn(search, 'alert'),
  })
}

const SENSOR_STATES: readonly SensorState[] = ['active', 'no_data', 'unknown']

/** Which sensors are listed, and the one that is shown in full. */
export function readSensorSearch(search: Record<string, unknown>) {
  return present({ state: choiceIn(search, 'state', SENSOR_STATES), sensor: textIn(search, 'sensor') })
}

/** Which files are listed, and the one that is shown in full. */
export function readEvidenceSearch(search: Record<string, unknown>) {
  return present({
    sensor_id: textIn(search, 'sensor_id'),
    session_id: textIn(search, 'session_id'),
    type: textIn(search, 'type'),
    sha256: textIn(search, 'sha256'),
    held: search['held'] === true ? (true as const) : undefined,
    file: textIn(search, 'file'),
  })
}
export type EvidenceSearch = ReturnType<typeof readEvidenceSearch>

export const SETTINGS_TABS = ['profile', 'users', 'keys', 'channels', 'policy', 'retention', 'audit'] as const

export function readTabSearch(search: Record<string, unknown>) {
  return present({ tab: choiceIn(search, 'tab', SETTINGS_TABS) })
}
