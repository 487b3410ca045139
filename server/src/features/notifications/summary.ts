import type { Notification, OperationalSeverity } from '@eviltwin/contract'
import { UNKNOWN_SOURCE } from '../../domain/ip-address.js'
import { causesOf } from '../../domain/score-causes.js'
import { onOneLine } from '../../platform/plain-text.js'

/** A notification in words, for people; every channel shows the same. Plain text on single lines: each format escapes it. */
export interface Summary {
  title: string
  severity: OperationalSeverity
  facts: ReadonlyArray<readonly [label: string, value: string]>
}

const MAX_FACT = 500
const MAX_COVERED = 20
const MAX_CAUSES = 5

type NotificationOf<Kind extends Notification['kind']> = Extract<Notification, { kind: Kind }>

/** A notification of any kind in words. */
export function summaryOf(notification: Notification): Summary {
  switch (notification.kind) {
    case 'threat_alert':
      return threatSummary(notification)
    case 'operational_alert':
      return operationalSummary(notification)
    case 'digest':
      return digestSummary(notification)
    case 'review':
      return reviewSummary(notification)
    case 'test':
      return testSummary(notification)
  }
}

function threatSummary({ alert, status }: NotificationOf<'threat_alert'>): Summary {
  const what = alert.kind === 'canary' ? 'canary token touched' : 'threat'
  const prefix = status === 'firing' ? alert.threat_level.toUpperCase() : status.toUpperCase()
  return {
    title: plain(`${prefix}: ${what} by ${sourceOf(alert)} on ${alert.sensor_id}`),
    severity: alert.threat_level,
    facts: threatFacts(alert),
  }
}

/** What is tested is the channel: severity and title are those of no threat, also where the alert of a synthetic attack is in it. */
function testSummary({ message, alert }: NotificationOf<'test'>): Summary {
  return {
    title: alert ? 'TEST: the alert of a synthetic attack' : 'Test message from EvilTwin',
    severity: 'low',
    facts: [['Message', plain(message)], ...(alert ? threatFacts(alert) : [])],
  }
}

function threatFacts(alert: NotificationOf<'threat_alert'>['alert']): Summary['facts'] {
  return [
    ['Level', `${alert.threat_level} (score ${alert.threat_score.toFixed(2)})`],
    ['Source', sourceOf(alert)],
    ['Sensor', plain(alert.sensor_id)],
    ['Occurred', alert.occurred_at],
    ['Occurrences', String(alert.occurrence_count)],
    [
      'Why',
      causesOf(alert.reasons)
        .slice(0, MAX_CAUSES)
        .map(({ name }) => name)
        .join(', '),
    ],
    ...(alert.detail === null ? [] : [['Detail', plain(alert.detail)] as const]),
    ['Session', alert.session_id],
    ['Alert', alert.id],
  ]
}

function operationalSummary(notification: NotificationOf<'operational_alert'>): Summary {
  const { rule, severity, status, summary, started_at, ended_at, runbook_url, covers = [] } = notification
  const others = covers.length > 1 ? ` and ${covers.length - 1} more` : ''
  return {
    title: plain(`${status === 'firing' ? severity.toUpperCase() : status.toUpperCase()}: ${rule}${others}`),
    severity,
    facts: [
      ['Summary', plain(summary)],
      ...covers
        .slice(0, MAX_COVERED)
        .map((alert) => [`Covers (${alert.severity})`, plain(`${alert.rule}: ${alert.summary}`)] as const),
      ['Started', started_at],
      ...(ended_at === null ? [] : [['Ended', ended_at] as const]),
      ...(runbook_url === null ? [] : [['Runbook', runbook_url] as const]),
    ],
  }
}

function digestSummary({ raised, suppressed, from, to, newest }: NotificationOf<'digest'>): Summary {
  const suppressedCount = Object.values(suppressed).reduce((sum, count) => sum + count, 0)
  return {
    title: `Digest: ${raised.critical} critical and ${raised.high} high alerts`,
    severity: raised.critical > 0 ? 'critical' : raised.high > 0 ? 'high' : 'low',
    facts: [
      ['From', from],
      ['To', to],
      ['Suppressed by the alert policy', String(suppressedCount)],
      ...newest.map(
        ({ occurred_at, threat_level, source_ip, sensor_id }) =>
          [occurred_at, plain(`${threat_level}: ${sourceOf({ source_ip })} on ${sensor_id}`)] as const,
      ),
    ],
  }
}

function reviewSummary({ from, to, findings }: NotificationOf<'review'>): Summary {
  return {
    title: `Health review ${from.slice(0, 10)} to ${to.slice(0, 10)}: ${findings.length === 0 ? 'nothing needs attention' : `${findings.length} findings`}`,
    severity: 'low',
    facts: findings.map((finding, n) => [`Finding ${n + 1}`, plain(finding)] as const),
  }
}

function sourceOf({ source_ip }: { source_ip: string }): string {
  return source_ip === UNKNOWN_SOURCE ? 'an unknown source' : source_ip
}

function plain(text: string): string {
  return onOneLine(text).slice(0, MAX_FACT)
}
