// npm run test:truth [-- --minutes N]: for an hour (or N minutes) mixed traffic, database stops, kills and impatient clients on two
// replicas; then every objective is recomputed from the access logs and compared with what the platform says.
import { positiveNumber, readOptions } from './options.mjs'
import { runLongTest } from './prepare.mjs'

const HELP = `npm run test:truth -- [OPTIONS]

Mixed traffic, database stops, kills and impatient clients on two replicas; then every objective is recomputed from the access logs and
compared with what the platform says.

  --minutes N   how long the traffic lasts, at most 1440 (60)

Exits with 1 when an objective differs.`

const { minutes } = readOptions(HELP, { minutes: { type: 'string', default: '60' } })
const seconds = positiveNumber('minutes', minutes, 1440) * 60
runLongTest('truth', { TRUTH_SECONDS: String(seconds) })
