import {
  Alert,
  AlertDetail,
  AlertMute,
  AlertPatch,
  AlertPolicy,
  AlertPolicyState,
  AlertQuery,
  BulkAcknowledge,
  BulkAcknowledged,
  formerNames,
  NewAlertMute,
  pageOf,
} from '@eviltwin/contract'
import { z } from 'zod'
import { networkOf } from '../../platform/http/network.js'
import type { App } from '../../platform/http/types.js'
import { loginOf } from '../auth/index.js'
import type { AlertPolicies } from './alert-policies.js'
import type { Alerts } from './alerts.js'

const tags = ['alerts']
const read = { access: { role: 'viewer' } } as const
const triage = { access: { role: 'analyst' } } as const
const byId = z.object({ id: z.uuid() })

/** Alerts, what is announced of them, and what is muted. */
export async function alertRoutes(
  app: App,
  { alerts, alertPolicies }: { alerts: Alerts; alertPolicies: AlertPolicies },
): Promise<void> {
  registerAlerts(app, alerts)
  registerPolicy(app, alertPolicies)
  registerMutes(app, alertPolicies)
}

function registerAlerts(app: App, alerts: Alerts): void {
  app.get(
    '/alerts',
    {
      config: { ...read, formerNames: formerNames.alerts },
      schema: {
        summary: 'Threat alerts, newest first',
        tags,
        querystring: AlertQuery,
        response: { 200: pageOf(Alert) },
      },
    },
    async ({ query: { src_ip, ...others } }) =>
      alerts.list({ ...others, ...(src_ip !== undefined && { src_ip: networkOf(src_ip, '/src_ip') }) }),
  )

  app.get(
    '/alerts/:id',
    {
      config: read,
      schema: { summary: 'One alert with its history', tags, params: byId, response: { 200: AlertDetail } },
    },
    async ({ params }) => alerts.find(params.id),
  )

  app.patch(
    '/alerts/:id',
    {
      config: { ...triage, audit: { action: 'alert.change' } },
      schema: {
        summary: 'Acknowledge, resolve, reopen, assign or comment',
        tags,
        params: byId,
        body: AlertPatch,
        response: { 200: AlertDetail },
      },
    },
    async (request) => alerts.change(request.params.id, request.body, loginOf(request).username),
  )

  app.post(
    '/alerts/acknowledge',
    {
      config: { ...triage, audit: { action: 'alert.acknowledge' } },
      schema: {
        summary: 'Acknowledge several alerts',
        tags,
        body: BulkAcknowledge,
        response: { 200: BulkAcknowledged },
      },
    },
    async (request) => alerts.acknowledge(request.body, loginOf(request).username),
  )
}

function registerPolicy(app: App, alertPolicies: AlertPolicies): void {
  app.get(
    '/alerts/policy',
    {
      config: read,
      schema: {
        summary: 'The alert policy, mutes, and counts of suppressed alerts',
        tags,
        response: { 200: AlertPolicyState },
      },
    },
    async () => alertPolicies.read(),
  )

  app.put(
    '/alerts/policy',
    {
      config: {
        access: { role: 'admin' },
        audit: { action: 'alert_policy.change', before: () => alertPolicies.read() },
      },
      schema: {
        summary: 'Change the alert policy',
        tags,
        body: AlertPolicy,
        response: { 200: AlertPolicyState },
      },
    },
    async ({ body }) => alertPolicies.replace(body),
  )
}

function registerMutes(app: App, alertPolicies: AlertPolicies): void {
  app.post(
    '/alerts/mutes',
    {
      config: { ...triage, audit: { action: 'mute.add' } },
      schema: {
        summary: 'Mute a source or a sensor',
        tags,
        body: NewAlertMute,
        response: { 201: AlertMute },
      },
    },
    async (request, reply) => reply.code(201).send(await alertPolicies.mute(request.body, loginOf(request))),
  )

  app.delete(
    '/alerts/mutes/:id',
    {
      config: {
        ...triage,
        audit: {
          action: 'mute.end',
          before: (request) =>
            alertPolicies
              .read()
              .then(({ mutes }) => mutes.find(({ id }) => id === (request.params as { id: string }).id)),
        },
      },
      schema: { summary: 'End a mute', tags, params: byId, response: { 204: z.null() } },
    },
    async ({ params }, reply) => {
      await alertPolicies.unmute(params.id)
      return reply.code(204).send(null)
    },
  )
}
