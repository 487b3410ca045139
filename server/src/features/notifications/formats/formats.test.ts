import type { Alert, Notification } from '@eviltwin/contract'
import { describe, expect, test } from 'vitest'
import { summaryOf } from '../summary.js'
import { alertmanagerRequest } from './alertmanager.js'
import { coveredNotifications } from './covered-notifications.js'
import { emailMessage } from './email.js'
import { pagerdutyRequest } from './pagerduty.js'
import { slackRequest } from './slack.js'
import { splunkHecRequest } from './splunk-hec.js'
import { webhookRequest } from './webhook.js'

const HOSTILE =
  '<script>alert(1)</script>\r\nBcc: x@example.org <!channel> *bold* `x` \u202etxt\u200b\u001b[31m'
const NOW = Date.parse('2026-03-22T12:00:00Z')
const alert: Alert = {
  id: '00000000-0000-4000-8000-000000000001',
  kind: 'canary',
  threat_level: 'critical',
  threat_score: 0.95,
  session_id: '00000000-0000-4000-8000-000000000002',
  source_ip: '203.0.113.7',
  sensor_id: HOSTILE,
  sensor_kind: 'cowrie',
  reasons: [
    { name: 'files', contribution: -0.97 },
    { name: 'discovery', contribution: 0.1 },
    { name: 'canary_triggered', contribution: 0.95 },
    { name: 'base_rate', contribution: 0.3 },
  ],
  detail: HOSTILE,
  first_of_attacker: true,
  occurred_at: '2026-03-22T11:59:00.000000Z',
  event_received_at: '2026-03-22T11:59:00.000000Z',
  raised_at: '2026-03-22T11:59:00.000000Z',
  last_occurrence_at: '2026-03-22T11:59:00.000000Z',
  occurrence_count: 1,
  source_count: 1,
  state: 'open',
  assignee: null,
  suppressed_by: null,
  suppressed_because: null,
  campaign_alert_id: null,
}
const firing: Notification = { kind: 'threat_alert', status: 'firing', alert }
const operational: Notification = {
  kind: 'operational_alert',
  status: 'resolved',
  rule: 'Database unreachable',
  severity: 'critical',
  summary: 'the database answers again',
  started_at: '2026-03-22T11:00:00.000000Z',
  ended_at: '2026-03-22T11:30:00.000000Z',
  runbook_url: 'https://eviltwin.example.org/runbooks/database-unreachable',
}

test('a summary is plain text on single lines, whatever an attacker wrote', () => {
  const { title, facts } = summaryOf(firing)
  for (const text of [title, ...facts.flat()]) expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
  expect(title).toMatch(/^CRITICAL: canary token touched by 203\.0\.113\.7/)
})

test('a canary whose source nobody knows is said to be touched by an unknown source', () => {
  const { title, facts } = summaryOf({ ...firing, alert: { ...alert, source_ip: '::' } })
  expect(title).toMatch(/^CRITICAL: canary token touched by an unknown source on/)
  expect(facts).toContainEqual(['Source', 'an unknown source'])
})

describe('a notification that covers several alerts', () => {
  const covered = {
    severity: 'high',
    summary: 's',
    started_at: '2026-03-22T11:00:00.000000Z',
    runbook_url: null,
  } as const
  const covering = {
    ...operational,
    status: 'firing',
    rule: 'Burn A',
    covers: [
      { ...covered, rule: 'Burn A', severity: 'critical' },
      { ...covered, rule: 'Burn B' },
    ],
  } as Notification

  test('is one message for people, which lists them', () => {
    const { title, facts } = summaryOf(covering)
    expect(title).toBe('CRITICAL: Burn A and 1 more')
    expect(facts).toEqual(
      expect.arrayContaining([
        ['Covers (critical)', 'Burn A: s'],
        ['Covers (high)', 'Burn B: s'],
      ]),
    )
  })

  test('is each alert with its own key for systems that keep a state of each', () => {
    const { body } = alertmanagerRequest(
      covering,
      { url: 'https://am.example', secret: null },
      'https://e.example',
      0,
    )
    expect((JSON.parse(body) as Array<{ labels: unknown }>).map(({ labels }) => labels)).toMatchObject([
      { rule: 'Burn A', severity: 'critical', key: 'eviltwin/operational/Burn A' },
      { rule: 'Burn B', severity: 'high', key: 'eviltwin/operational/Burn B' },
    ])
    const keys = coveredNotifications(covering).map(
      (each) =>
        JSON.parse(pagerdutyRequest(each, { url: 'https://pd.example', secret: 'k' }, '').body).dedup_key,
    )
    expect(keys).toEqual(['eviltwin/operational/Burn A', 'eviltwin/operational/Burn B'])
  })
})

test('a notification lists what raised the score, strongest first, and nothing that lowered it', () => {
  expect(new Map(summaryOf(firing).facts).get('Why')).toBe('canary_triggered, discovery')
})

test('Slack sees no link, mention or markup of an attacker', () => {
  const { body } = slackRequest(firing, 'https://hooks.slack.com/x')
  const { blocks } = JSON.parse(body)
  expect(blocks[1].text.text).not.toMatch(/<|>|`|\*bold/)
  expect(blocks[1].text.text).toContain('&lt;script&gt;')
})

test('mail has no header or markup of an attacker', () => {
  const { subject, html, messageId } = emailMessage(firing, alert.id, 'https://eviltwin.example.org')
  expect(subject).not.toMatch(/[\r\n]/)
  expect(html).not.toContain('<script>')
  expect(messageId).toBe(`<${alert.id}@eviltwin.invalid>`)
})

test('PagerDuty resolves what it was told of before', () => {
  const request = (notice: Notification) =>
    JSON.parse(
      pagerdutyRequest(notice, { url: 'https://x.example', secret: 'key' }, 'https://e.example').body,
    )
  expect(request(operational)).toMatchObject({
    event_action: 'resolve',
    dedup_key: 'eviltwin/operational/Database unreachable',
    payload: { severity: 'critical' },
  })
  expect(request(firing)).toMatchObject({ event_action: 'trigger' })
})

describe('Alertmanager', () => {
  const request = (notice: Notification) =>
    alertmanagerRequest(notice, { url: 'https://am.example/', secret: null }, 'https://e.example', NOW)

  test('is told of an end only when there is one', () => {
    const [resolved] = JSON.parse(request(operational).body)
    expect(resolved).toMatchObject({
      labels: { alertname: 'EvilTwinOperational', rule: 'Database unreachable', severity: 'critical' },
      endsAt: '2026-03-22T12:00:00.000Z',
    })
    const [open] = JSON.parse(request(firing).body)
    expect(Date.parse(open.endsAt)).toBeGreaterThan(NOW)
  })

  test('is asked at its API below whatever path it has', () => {
    expect(request(firing).url).toBe('https://am.example/api/v2/alerts')
  })
})

test('Splunk gets an HEC event, at the collector or below a base URL', () => {
  const at = (url: string) => splunkHecRequest(firing, { url, index: null, secret: 't' }, NOW)
  expect(at('https://s.example:8088').url).toBe('https://s.example:8088/services/collector/event')
  expect(at('https://s.example/services/collector/event').url).toBe(
    'https://s.example/services/collector/event',
  )
  expect(JSON.parse(at('https://s.example').body)).toMatchObject({
    time: NOW / 1000,
    event: { kind: 'threat_alert' },
  })
})

test('a webhook secret is taken as it is, or as base64 behind whsec_', () => {
  const of = (secret: string) =>
    webhookRequest(firing, { url: 'https://x.example', secret }, 'msg_1', 1_700_000_000)
  const base64 = Buffer.from('a secret of 24 characters').toString('base64')
  expect(of(`whsec_${base64}`).headers).toEqual(of('a secret of 24 characters').headers)
  expect(of('another secret of 24 char').headers).not.toEqual(of('a secret of 24 characters').headers)
})
