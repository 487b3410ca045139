import { readdirSync, readFileSync } from 'node:fs'
import { DashboardDefinition } from '@splunk/dashboard-definition'
import { expect, test } from 'vitest'

const VIEWS = new URL('../deploy/splunk/eviltwin/default/data/ui/views/', import.meta.url)

/** Names of log fields that the searches use are those that lines of the log have. */
const FIELDS = new Set(
  'message sensor_id session_id source_ip threat_level threat_score client_ip reason username timestamp duration_ms route requests client_errors server_errors unanswered p95_ms'.split(
    ' ',
  ),
)
/** Words that searches name themselves. */
const OWN = new Set(
  'events sessions sensors latest usernames count analyses mean_ms worst_p95_ms client_error_rate server_error_rate unanswered_rate'.split(
    ' ',
  ),
)

const views = readdirSync(VIEWS).map((name) => {
  const xml = readFileSync(new URL(name, VIEWS), 'utf8')
  const json = /<!\[CDATA\[([\s\S]*)\]\]>/.exec(xml)?.[1] ?? ''
  return [name, xml, JSON.parse(json)] as const
})

test('the seven dashboards of the source specification are there', () => {
  expect(views.map(([, , { title }]) => title).sort()).toEqual([
    'Alert Timeline',
    'Auth Activity',
    'Error Rate',
    'Ingest Rate',
    'LLM Usage',
    'Threat Level Distribution',
    'Top Attackers',
  ])
})

test.each(views)(
  "%s is a Dashboard Studio definition that Splunk's own library reads",
  (_name, xml, json) => {
    expect(xml).toMatch(/^<dashboard version="2" theme="dark">/)
    const definition = DashboardDefinition.fromJSON(json)
    for (const { item } of json.layout.structure) expect(definition.getVisualization(item)).toBeTruthy()
    for (const visualization of Object.values<{ dataSources: { primary: string } }>(json.visualizations)) {
      expect(json.dataSources[visualization.dataSources.primary]).toBeTruthy()
    }
  },
)

test.each(views)('%s searches fields that the log has', (_name, _xml, json) => {
  for (const { options } of Object.values<{ options: { query: string } }>(json.dataSources)) {
    const { query } = options
    expect(query).toMatch(/^`eviltwin_log` message/)
    const named = [
      ...query.matchAll(/\b(?:by|latest\(|dc\(|max\(|avg\(|sum\(|values\(|table)\s*([a-z0-9_ ]+)/g),
    ]
    for (const [, list = ''] of named) {
      for (const field of list.trim().split(/\s+/)) {
        expect([query, field, FIELDS.has(field) || OWN.has(field)]).toEqual([query, field, true])
      }
    }
  }
})
