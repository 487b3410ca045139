import type { Session } from '@eviltwin/contract'
import type { Column } from '../../components/csv'

/** Columns of an exported session list. */
export const SESSION_EXPORT_COLUMNS: readonly Column<Session>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'started_at', of: ({ started_at }) => started_at },
  { name: 'last_seen_at', of: ({ last_seen_at }) => last_seen_at },
  { name: 'source_ip', of: ({ source_ip }) => source_ip },
  { name: 'country', of: ({ country }) => country },
  { name: 'sensor_id', of: ({ sensor_id }) => sensor_id },
  { name: 'protocols', of: ({ protocols }) => protocols.join(' ') },
  { name: 'clients', of: ({ clients }) => clients.join(' ') },
  { name: 'events', of: ({ event_count }) => event_count },
  { name: 'logins', of: ({ login_attempt_count }) => login_attempt_count },
  { name: 'commands', of: ({ command_count }) => command_count },
  { name: 'files', of: ({ file_count }) => file_count },
  { name: 'threat_level', of: ({ threat_level }) => threat_level },
  { name: 'threat_score', of: ({ threat_score }) => threat_score },
]
