import { Attacker, AttackerDetail, AttackerQuery, pageOf, Score } from '@eviltwin/contract'
import { z } from 'zod'
import { NotFoundError } from '../../platform/errors.js'
import { addressOf, networkOf } from '../../platform/http/network.js'
import type { App } from '../../platform/http/types.js'
import type { AttackerReader } from './store.js'

const byIp = z.object({ ip: z.string().max(60) })

export async function attackerRoutes(app: App, { attackers }: { attackers: AttackerReader }): Promise<void> {
  app.get(
    '/attackers',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        summary: 'Attackers',
        tags: ['attackers'],
        querystring: AttackerQuery,
        response: { 200: pageOf(Attacker) },
      },
    },
    async ({ query }) => {
      const { src_ip, ...others } = query
      return attackers.list({
        ...others,
        ...(src_ip !== undefined && { src_ip: networkOf(src_ip, '/src_ip') }),
      })
    },
  )

  app.get(
    '/attackers/:ip',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        summary: 'Profile of one attacker',
        tags: ['attackers'],
        params: byIp,
        response: { 200: AttackerDetail },
      },
    },
    async ({ params }) => {
      const ip = addressOf(params.ip, '/ip')
      const attacker = await attackers.find(ip)
      if (!attacker) throw unknown(ip)
      return attacker
    },
  )

  app.get(
    '/score/:ip',
    {
      config: { access: { role: 'viewer', scope: 'score:read' } },
      schema: {
        summary: 'Current score of one address',
        tags: ['attackers'],
        params: byIp,
        response: { 200: Score },
      },
    },
    async ({ params }) => {
      const ip = addressOf(params.ip, '/ip')
      const score = await attackers.score(ip)
      if (!score) throw unknown(ip)
      return score
    },
  )
}

function unknown(ip: string): NotFoundError {
  return new NotFoundError(`no activity was recorded for ${ip}`)
}
