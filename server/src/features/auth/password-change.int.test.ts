import type { Problem, User } from '@eviltwin/contract'
import { hash } from '@node-rs/argon2'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { ADMIN, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

const CHANGE = '/problems/password-change-required'
const STRONG = 'lantern orchid glacier mosaic'

describe.each(inject('postgresServers').slice(0, 1))('weak passwords on $version', (server) => {
  let api: TestPlatform
  let weak: string
  beforeAll(async () => {
    api = await startTestPlatform(server, { environment: { ADMIN_PASSWORD: 'password' } })
    weak = await api.login(ADMIN.username, 'password')
  })
  afterAll(() => api.close())

  const post = (path: string, body: object, as: string) =>
    api.call(path, { method: 'POST', as, body: JSON.stringify(body) })
  const get = async <Answer>(path: string, as: string) =>
    (await (await api.call(path, { as })).json()) as Answer

  test('of the operator log in, and admit to nothing but changing them', async () => {
    expect(api.platform.firstStart.admin?.problem).toMatch(/at least 15/)
    expect(await get<User>('/auth/me', weak)).toMatchObject({ must_change_password: true })
    const { paths } = await get<{ paths: Record<string, Record<string, { security: object[] }>> }>(
      '/openapi.json',
      '',
    )
    const admitted: string[] = []
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { security }] of Object.entries(methods)) {
        if (security.length === 0) continue
        if (path === '/auth/logout') continue
        const response = await api.call(path.replace(/\{\w+\}/g, '1'), {
          method: method.toUpperCase(),
          as: weak,
        })
        const answer = await response.text()
        // Routes for keys alone do not know the login at all.
        if (!answer.includes(CHANGE) && response.status !== 401 && response.status !== 403)
          admitted.push(`${method} ${path}`)
      }
    }
    expect(admitted.sort()).toEqual(['get /auth/me', 'post /auth/password'])
  })

  test('are not changed into weak ones; once changed everything is open', async () => {
    const change = (new_password: string) =>
      post('/auth/password', { current_password: 'password', new_password }, weak)
    for (const refused of ['password', 'passwordpassword', 'eviltwin-admin-1']) {
      const answer = await change(refused)
      expect([refused, answer.status]).toEqual([refused, 422])
      const { errors } = (await answer.json()) as Problem
      expect(errors?.map(({ pointer }) => pointer)).toEqual(['/new_password'])
    }
    expect((await change(STRONG)).status).toBe(204)
    expect((await api.call('/sessions', { as: weak })).status).toBe(200)
    expect(await get<User>('/auth/me', await api.login(ADMIN.username, STRONG))).toMatchObject({
      must_change_password: false,
    })
  })

  test('are given to nobody', async () => {
    const admin = await api.login(ADMIN.username, STRONG)
    for (const password of ['12345678', '        ', 'passwordpassword', 'ann-ann-ann-ann-ann']) {
      const added = await post('/users', { username: 'ann', password }, admin)
      expect([password, added.status]).toEqual([password, 422])
    }
    const { id } = (await (await post('/users', { username: 'ann', password: STRONG }, admin)).json()) as User
    const reset = await api.call(`/users/${id}`, {
      method: 'PATCH',
      as: admin,
      body: JSON.stringify({ password: 'iloveyouiloveyou' }),
    })
    expect(reset.status).toBe(422)
  })

  test.each([
    ['weak', 'letmein!', true],
    ['strong', 'quartz meadow falcon ribbon', false],
  ])(
    'a %s one of before there was a policy is judged at the next login',
    async (_kind, password, mustChange) => {
      const client = new pg.Client({ connectionString: api.databaseUrl })
      await client.connect()
      await client.query(
        `INSERT INTO users (id, username, password_hash, role, created_at) VALUES (gen_random_uuid(), $1, $2, 'viewer', now())`,
        [`old-${mustChange}`, await hash(password)],
      )
      const login = await api.login(`old-${mustChange}`, password)
      expect((await api.call('/sessions', { as: login })).status).toBe(mustChange ? 403 : 200)
      const { rows } = await client.query('SELECT password_state FROM users WHERE username = $1', [
        `old-${mustChange}`,
      ])
      expect(rows).toEqual([{ password_state: mustChange ? 'must_change' : 'accepted' }])
      await client.end()
    },
  )
})
