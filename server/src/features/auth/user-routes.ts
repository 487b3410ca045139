import { NewUser, pageOf, pageQuery, User, UserPatch } from '@eviltwin/contract'
import { z } from 'zod'
import type { App } from '../../platform/http/types.js'
import type { Accounts } from './accounts.js'

export async function userRoutes(app: App, { accounts }: { accounts: Accounts }): Promise<void> {
  const config = { access: { role: 'admin' } } as const
  const tags = ['administration']
  const byId = z.object({ id: z.uuid() })

  app.get(
    '/users',
    {
      config,
      schema: {
        summary: 'Users by name',
        tags,
        querystring: z.object({ limit: pageQuery.limit, cursor: pageQuery.cursor }),
        response: { 200: pageOf(User) },
      },
    },
    async ({ query }) => accounts.list(query.limit, query.cursor),
  )

  app.post(
    '/users',
    {
      config: { ...config, audit: { action: 'user.add' } },
      schema: { summary: 'Add a user', tags, body: NewUser, response: { 201: User } },
    },
    async ({ body }, reply) => reply.code(201).send(await accounts.add(body)),
  )

  app.patch(
    '/users/:id',
    {
      config: {
        ...config,
        audit: {
          action: 'user.change',
          before: (request) => accounts.find((request.params as { id: string }).id),
        },
      },
      schema: {
        summary: 'Change role, password or state',
        tags,
        params: byId,
        body: UserPatch,
        response: { 200: User },
      },
    },
    async ({ params, body }) => accounts.change(params.id, body),
  )
}
