import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv, type AnySchemaObject } from 'ajv'
import { createGenerator } from 'ts-json-schema-generator'
import { beforeAll, describe, expect, test } from 'vitest'
import type * as grafana from './grafana-schema.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const dashboard = JSON.parse(
  readFileSync(`${ROOT}deploy/grafana/eviltwin.json`, 'utf8'),
) as grafana.GrafanaDashboard & {
  panels: Array<grafana.GrafanaPanel & { targets: grafana.PrometheusQuery[] }>
}

/**
 * What the JSON Schema of a type of Grafana's finds wrong with a value. Properties that the type does not know are wrong
 * too: Grafana would ignore them in silence.
 */
type Check = (value: unknown) => string[]

function checkOf(type: 'GrafanaDashboard' | 'GrafanaPanel' | 'PrometheusQuery'): Check {
  const schema = createGenerator({
    path: `${ROOT}e2e/grafana-schema.ts`,
    tsconfig: `${ROOT}tsconfig.tests.json`,
    type,
    functions: 'hide',
  }).createSchema(type)
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema as AnySchemaObject)
  return (value) => {
    validate(value)
    return (validate.errors ?? []).map(({ instancePath, message }) => `${type}${instancePath} ${message}`)
  }
}

describe("the Grafana dashboard, by the JSON Schema of Grafana's own types", () => {
  // A query is abstract in the type of a panel, as each data source has its own: the parts are checked each by theirs.
  let checkDashboard: Check
  let checkPanel: Check
  let checkQuery: Check
  beforeAll(() => {
    checkDashboard = checkOf('GrafanaDashboard')
    checkPanel = checkOf('GrafanaPanel')
    checkQuery = checkOf('PrometheusQuery')
  })

  test('the dashboard, every panel and every query are valid', () => {
    expect(checkDashboard({ ...dashboard, panels: [] })).toEqual([])
    for (const { targets, ...panel } of dashboard.panels) {
      expect(checkPanel(panel), panel.title).toEqual([])
      for (const query of targets) expect(checkQuery(query), panel.title).toEqual([])
    }
  })

  test('a misspelt or ill-typed property would not pass', () => {
    const [{ targets, ...panel } = { targets: [] }] = dashboard.panels
    expect(checkDashboard({ ...dashboard, panels: [], refresh: 30 })).not.toEqual([])
    expect(checkPanel({ ...panel, titel: 'Ingest rate' })).not.toEqual([])
    expect(checkQuery({ ...targets[0], expr: 1 })).not.toEqual([])
  })
})
