// The second yardstick of single events: what is usually written first, a service that commits one transaction an event.
import Fastify from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import pg from 'pg'
import { CowrieRecord } from './cowrie-record.mjs'

const [port, database] = process.argv.slice(2)
const pool = new pg.Pool({ ...JSON.parse(database), max: 10 })
await pool.query(`
  CREATE TABLE plain_sessions (
    id text PRIMARY KEY, source_ip inet NOT NULL, first_seen timestamptz NOT NULL, last_seen timestamptz NOT NULL, events bigint NOT NULL
  );
  CREATE TABLE plain_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, session text NOT NULL, occurred_at timestamptz NOT NULL, record jsonb NOT NULL
  )`)

const app = Fastify()
app.setValidatorCompiler(validatorCompiler)
app.post('/log', { schema: { body: CowrieRecord } }, async ({ body }) => {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('INSERT INTO plain_events (session, occurred_at, record) VALUES ($1, $2, $3)', [
      body.session,
      body.timestamp,
      body,
    ])
    await client.query(
      `INSERT INTO plain_sessions VALUES ($1, $2, $3, $3, 1)
       ON CONFLICT (id) DO UPDATE SET last_seen = excluded.last_seen, events = plain_sessions.events + 1`,
      [body.session, body.src_ip, body.timestamp],
    )
    await client.query('COMMIT')
  } finally {
    client.release()
  }
  return { session_id: body.session, threat_score: 0.1, threat_level: 'low', status: 'processed' }
})
await app.listen({ host: '127.0.0.1', port: Number(port) })
