import { CreatedEnrolment, EnrolledSensor, Enrolment, EnrolmentToken, NewEnrolment } from '@eviltwin/contract'
import { z } from 'zod'
import type { App } from '../../platform/http/types.js'
import type { Enrolments } from './enrolments.js'

const access = { role: 'admin' } as const
const tags = ['sensors']

/** How a sensor is added: a token for an administrator, a key for whoever brings the token. */
export async function enrolmentRoutes(app: App, { enrolments }: { enrolments: Enrolments }): Promise<void> {
  app.post(
    '/sensors/enrolments',
    {
      config: { access, audit: { action: 'sensor_enrolment.add' } },
      schema: {
        summary: 'Create a one-time token for a new sensor; it is shown only once',
        tags,
        body: NewEnrolment,
        response: { 201: CreatedEnrolment },
      },
    },
    async ({ body }, reply) => reply.code(201).send(await enrolments.begin(body)),
  )

  app.get(
    '/sensors/enrolments/:id',
    {
      config: { access },
      schema: {
        summary: 'How far a new sensor is: its token, its key, its first event',
        tags,
        params: z.object({ id: z.uuid() }),
        response: { 200: Enrolment },
      },
    },
    async ({ params }) => enrolments.find(params.id),
  )

  app.post(
    '/sensors/enrol',
    {
      // The token is the credential.
      config: { access: { public: true }, audit: { action: 'sensor.enrol' } },
      schema: {
        summary: 'Exchange a one-time token for the key of its sensor; it is shown only once',
        tags,
        body: EnrolmentToken,
        response: { 201: EnrolledSensor },
      },
    },
    async ({ body }, reply) =>
      reply
        .code(201)
        .header('cache-control', 'no-store')
        .send(await enrolments.enrol(body.token)),
  )
}
