import type { Alert } from '@eviltwin/contract'
import type { Column } from '../../components/csv'

/** Columns of an exported alert list. */
export const ALERT_EXPORT_COLUMNS: readonly Column<Alert>[] = [
  ...(
    [
      'id',
      'raised_at',
      'occurred_at',
      'event_received_at',
      'suppressed_by',
      'threat_level',
      'threat_score',
      'kind',
      'source_ip',
      'sensor_id',
      'session_id',
      'state',
      'assignee',
      'detail',
      'occurrence_count',
      'source_count',
    ] as const
  ).map((name): Column<Alert> => ({ name, of: (alert) => alert[name] })),
  { name: 'reasons', of: ({ reasons }) => reasons.map(({ name }) => name).join(' ') },
]
