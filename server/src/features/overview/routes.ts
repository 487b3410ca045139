import {
  AttackMatrix,
  Countries,
  DashboardStats,
  NavigatorLayer,
  RecentQuery,
  StatsQuery,
  Timeline,
  TimelineQuery,
  TopAttackers,
  TopAttackersQuery,
} from '@eviltwin/contract'
import { InvalidInputError } from '../../platform/errors.js'
import type { App } from '../../platform/http/types.js'
import { readAttackMatrix } from './attack-matrix.js'
import { navigatorLayerOf } from './navigator-layer.js'
import { type DashboardReader, windowOf } from './store.js'

const MAX_HOURS_BY_MINUTE = 48

export interface DashboardRouteOptions {
  dashboard: DashboardReader
  now: () => number
}

const config = { access: { role: 'viewer' } } as const
const tags = ['dashboard']

/** What the overview shows. */
export async function dashboardRoutes(app: App, options: DashboardRouteOptions): Promise<void> {
  registerStats(app, options)
  registerTimeline(app, options)
  registerTopAttackers(app, options)
  registerAttackMatrix(app, options)
  registerCountries(app, options)
}

function registerStats(app: App, { dashboard, now }: DashboardRouteOptions): void {
  app.get(
    '/dashboard/stats',
    {
      config,
      schema: {
        summary: 'Totals of the last 24 hours',
        tags,
        querystring: StatsQuery,
        response: { 200: DashboardStats },
      },
    },
    async ({ query }) => dashboard.stats(new Date(now()), query.hours),
  )
}

function registerTimeline(app: App, { dashboard, now }: DashboardRouteOptions): void {
  app.get(
    '/dashboard/timeline',
    {
      config,
      schema: {
        summary: 'Events and sessions by level over time',
        tags,
        querystring: TimelineQuery,
        response: { 200: Timeline },
      },
    },
    async ({ query }) => {
      if (query.interval === 'minute' && query.hours > MAX_HOURS_BY_MINUTE) {
        throw new InvalidInputError(`at most ${MAX_HOURS_BY_MINUTE} hours by the minute`, [
          { pointer: '/hours', message: `at most ${MAX_HOURS_BY_MINUTE}, or interval=hour` },
        ])
      }
      return dashboard.timeline(new Date(now()), query)
    },
  )
}

function registerTopAttackers(app: App, { dashboard, now }: DashboardRouteOptions): void {
  app.get(
    '/dashboard/top-attackers',
    {
      config,
      schema: {
        summary: 'Top attackers by events or threat score',
        tags,
        querystring: TopAttackersQuery,
        response: { 200: TopAttackers },
      },
    },
    async ({ query }) => dashboard.topAttackers(new Date(now()), query),
  )
}

function registerAttackMatrix(app: App, { dashboard, now }: DashboardRouteOptions): void {
  app.get(
    '/dashboard/attack-matrix',
    {
      config,
      schema: {
        summary: 'MITRE ATT&CK techniques that sessions showed',
        tags,
        querystring: RecentQuery,
        response: { 200: AttackMatrix },
      },
    },
    async ({ query }) => readAttackMatrix(dashboard, windowOf(new Date(now()), query.hours)),
  )
  app.get(
    '/dashboard/attack-matrix/navigator-layer',
    {
      config,
      schema: {
        summary: 'The same as a layer of the ATT&CK Navigator',
        tags,
        querystring: RecentQuery,
        response: { 200: NavigatorLayer },
      },
    },
    async ({ query }, reply) => {
      const matrix = await readAttackMatrix(dashboard, windowOf(new Date(now()), query.hours))
      return reply
        .header('content-disposition', 'attachment; filename="eviltwin-attack-layer.json"')
        .send(navigatorLayerOf(matrix))
    },
  )
}

function registerCountries(app: App, { dashboard, now }: DashboardRouteOptions): void {
  app.get(
    '/dashboard/countries',
    {
      config,
      schema: {
        summary: 'Attackers by country',
        tags,
        querystring: RecentQuery,
        response: { 200: Countries },
      },
    },
    async ({ query }) => dashboard.countries(windowOf(new Date(now()), query.hours)),
  )
}
