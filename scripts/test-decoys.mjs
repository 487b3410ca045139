// npm run test:decoys [-- --seconds N --decoy NAME --seed N --json FILE]: sends random bytes and broken protocols to each decoy, and says what
// memory that cost, and whether it serves a good client afterwards.
import { resolve } from 'node:path'
import { positiveNumber, readOptions } from './options.mjs'
import { runLongTest } from './prepare.mjs'

const HELP = `npm run test:decoys -- [OPTIONS]

Starts each decoy on 127.0.0.1, without a server, and attacks it with random bytes and with its protocol, broken in many ways.

  --seconds N   how long each attack lasts, at most 3600 (100)
  --decoy NAME  this decoy alone
  --seed N      of the noise: the same seed sends the same (1)
  --json FILE   also writes the figures there

Exits with 1 when a decoy ended, failed in a connection, or does not serve a good client afterwards. Memory is reported alone.`

const values = readOptions(HELP, {
  seconds: { type: 'string', default: '100' },
  seed: { type: 'string', default: '1' },
  decoy: { type: 'string' },
  json: { type: 'string' },
})
runLongTest('decoys-hostile', {
  DECOYS_SECONDS: String(positiveNumber('seconds', values.seconds, 3600)),
  DECOYS_SEED: String(positiveNumber('seed', values.seed, 1_000_000)),
  ...(values.decoy !== undefined && { DECOYS_ONE: values.decoy }),
  ...(values.json !== undefined && { DECOYS_JSON: resolve(values.json) }),
})
