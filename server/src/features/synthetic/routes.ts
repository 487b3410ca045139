import {
  NewSyntheticTarget,
  pageOf,
  SyntheticRun,
  SyntheticRunQuery,
  SyntheticStatus,
  SyntheticTarget,
  SyntheticTargetPatch,
} from '@eviltwin/contract'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { NotFoundError } from '../../platform/errors.js'
import type { App } from '../../platform/http/types.js'
import { loginOf } from '../auth/index.js'
import type { MarkerStore } from './marker-store.js'
import type { OwnWays } from './own-ways.js'
import type { RunStore } from './run-store.js'
import type { Targets } from './targets.js'

export interface SyntheticRouteOptions {
  targets: Targets
  runs: Pick<RunStore, 'list' | 'find'>
  markers: Pick<MarkerStore, 'newest'>
  keyState: OwnWays['keyState']
  isOn: boolean
  /** Why nothing is attacked although it is on; null: it is. */
  pausedBecause: () => Promise<string | null>
}

const tags = ['synthetic attacks']
const view = { access: { role: 'analyst' } } as const
const manage = { role: 'admin' } as const
const byId = z.object({ id: z.uuid() })
const SHOWN_MARKERS = 20

/** The platform's attacks on its own sensors. */
export async function syntheticRoutes(app: App, options: SyntheticRouteOptions): Promise<void> {
  const { targets, runs, markers, keyState, isOn, pausedBecause } = options

  app.get(
    '/synthetic/status',
    {
      config: view,
      schema: {
        summary: 'What the platform attacks, and markers that proved nothing',
        tags,
        response: { 200: SyntheticStatus },
      },
    },
    async () => ({
      on: isOn,
      paused_because: await pausedBecause(),
      targets: await targets.list(),
      keys: { log: await keyState('log'), hec: await keyState('hec') },
      ignored_markers: await markers.newest(SHOWN_MARKERS),
    }),
  )

  app.get(
    '/synthetic/runs',
    {
      config: view,
      schema: {
        summary: 'Attacks of the platform, newest first, with the time of each hop',
        tags,
        querystring: SyntheticRunQuery,
        response: { 200: pageOf(SyntheticRun) },
      },
    },
    async ({ query }) => runs.list(query),
  )

  app.get(
    '/synthetic/runs/:id',
    {
      config: view,
      schema: { summary: 'One attack of the platform', tags, params: byId, response: { 200: SyntheticRun } },
    },
    async ({ params }) => {
      const run = await runs.find(params.id)
      if (!run) throw new NotFoundError(`the attack ${params.id} was not found; attacks are kept for 30 days`)
      return run
    },
  )
  registerTargets(app, targets)
}

function registerTargets(app: App, targets: Targets): void {
  const changing = (action: string) => ({
    access: manage,
    audit: {
      action,
      before: ({ params }: FastifyRequest) => targets.find((params as { id: string }).id),
    },
  })
  app.post(
    '/synthetic/targets',
    {
      config: { access: manage, audit: { action: 'synthetic_target.add' } },
      schema: {
        summary: 'Register a sensor that the platform is to attack',
        description: 'Nothing is sent to it before that. Its events have to arrive under `sensor_id`.',
        tags,
        body: NewSyntheticTarget,
        response: { 201: SyntheticTarget },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await targets.add(request.body, loginOf(request).username)),
  )

  app.patch(
    '/synthetic/targets/:id',
    {
      config: changing('synthetic_target.change'),
      schema: {
        summary: 'Switch a target on or off, or change how often it is attacked',
        tags,
        params: byId,
        body: SyntheticTargetPatch,
        response: { 200: SyntheticTarget },
      },
    },
    async ({ params, body }) => targets.change(params.id, body),
  )

  app.post(
    '/synthetic/targets/:id/key',
    {
      config: changing('synthetic_target.replace_key'),
      schema: {
        summary: 'Replace the revoked key of a way into the platform itself',
        description: 'The platform keeps the new key; it is shown to nobody.',
        tags,
        params: byId,
        response: { 200: SyntheticTarget },
      },
    },
    async ({ params }) => targets.replaceKey(params.id),
  )

  app.delete(
    '/synthetic/targets/:id',
    {
      config: changing('synthetic_target.remove'),
      schema: { summary: 'Remove a target', tags, params: byId, response: { 204: z.null() } },
    },
    async ({ params }, reply) => {
      await targets.remove(params.id)
      return reply.code(204).send(null)
    },
  )
}
