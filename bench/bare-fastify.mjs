// The yardstick of the single-event benchmark: parses and validates the same body, and does nothing with it.
import Fastify from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import { CowrieRecord } from './cowrie-record.mjs'

const app = Fastify()
app.setValidatorCompiler(validatorCompiler)
app.post('/log', { schema: { body: CowrieRecord } }, async () => ({
  session_id: '00000000-0000-0000-0000-000000000000',
  threat_score: 0.1,
  threat_level: 'low',
  status: 'processed',
}))
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
