// What Grafana itself generates from the schemas of its dashboards, under names of one file for the schema generator.
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus'

export type GrafanaDashboard = Dashboard
export type GrafanaPanel = Panel
export type PrometheusQuery = Dataquery
