import type { FirstStart } from '../features/auth/index.js'
import type { Config } from '../platform/config.js'
import { VERSION } from '../platform/version.js'

/** What a start made and where it listens. */
export interface StartFacts {
  firstStart: FirstStart
  /** Without a final slash. */
  url: string
}

/** Above and below what a start says to a person, so that it is found among the lines of the log. */
const RULE = '─'.repeat(72)

/** The facts of this start and what to do next, for a person: on stderr, because stdout belongs to the log. */
export function welcome(facts: StartFacts, config: Config): string {
  const url = facts.url
    .replace('127.0.0.1', 'localhost')
    .replace('[::1]', 'localhost')
    .replace('0.0.0.0', 'localhost')
  const what = config.DEMO ? `is running the demo, with its data in ${config.DATA_DIR}` : 'is running'
  const lines = [
    `  EvilTwin ${VERSION} ${what}: ${url}   (API: ${url}/docs)`,
    ...credentials(facts, config),
    ...nextStep(facts, config, url),
  ]
  return `\n${[RULE, ...lines, RULE].join('\n')}\n\n`
}

/** What is shown once, by the start that made it. */
function credentials({ firstStart: { admin, sensorKey } }: StartFacts, config: Config): string[] {
  const lines = ['']
  if (admin) {
    const password = admin.password
      ? `password ${admin.password}   (shown this once)`
      : 'the password of ADMIN_PASSWORD'
    lines.push(`  Log in as ${admin.username} with ${password}`)
    if (admin.problem) lines.push(`  It must be changed at the first login: ${admin.problem}`)
  }
  if (sensorKey) lines.push(`  Sensor key ${sensorKey}   (shown this once)`)
  if (admin && !config.METRICS_OPEN)
    lines.push(`  A key for Prometheus: ${commandOf(config)} key add prometheus --scope metrics:read`)
  return lines.length > 1 ? lines : []
}

function nextStep({ firstStart: { admin, sensorKey } }: StartFacts, config: Config, url: string): string[] {
  const key = config.INGEST_AUTH === 'none' ? null : (sensorKey ?? '<sensor key>')
  if (!admin) return key === null ? [] : ['', `  Make another sensor key: ${commandOf(config)} key add NAME`]
  const authorization = key === null ? '' : ` -H 'Authorization: Bearer ${key}'`
  const event = `{"source_ip":"203.0.113.7","occurred_at":"${new Date().toISOString()}","event_type":"login_attempt","username":"root","password":"admin"}`
  return [
    '',
    '  Send a first event:',
    '',
    `  curl ${url}/log${authorization} -H 'Content-Type: application/json' -d '${event}'`,
  ]
}

/** How a person runs another command on this installation: the demo has a data directory that is not the default. */
function commandOf({ DEMO, DATA_DIR }: Config): string {
  return DEMO ? `DATA_DIR=${DATA_DIR} npx eviltwin` : 'npx eviltwin'
}
