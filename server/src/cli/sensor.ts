import { EnrolledSensor, Problem } from '@eviltwin/contract'
import { SENSOR_SETUPS } from '@eviltwin/contract/setups'
import { Command, Option } from 'commander'
import { CliError } from './errors.js'

interface EnrolOptions {
  url: string
  token?: string
  kind: string
}

const REQUEST_TIMEOUT_MS = 30_000

export function sensorCommand(): Command {
  return new Command('sensor').description('add sensors').addCommand(enrolCommand())
}

function enrolCommand(): Command {
  return new Command('enrol')
    .description('exchange a one-time token for the key of a sensor, and print its configuration')
    .option('--url <url>', 'the server', process.env['EVILTWIN_URL'] ?? 'http://localhost:8000')
    .option('--token <token>', 'from the page Sensors; prefer EVILTWIN_TOKEN, which other users cannot see')
    .addOption(
      new Option('--kind <kind>', 'whose configuration is printed; `key`: the key alone')
        .choices([...SENSOR_SETUPS.map(({ id }) => id), 'key'])
        .default('fluent-bit'),
    )
    .action(async ({ url, kind, token = process.env['EVILTWIN_TOKEN'] }: EnrolOptions) => {
      if (!token) throw new CliError('no token: give --token, or set EVILTWIN_TOKEN', 2)
      const server = url.replace(/\/+$/, '')
      const { sensor_id, key } = await enrol(server, token)
      const setup = SENSOR_SETUPS.find(({ id }) => id === kind)
      if (!setup) return console.log(key)
      // What goes into a file is on stdout alone.
      console.error(`Enrolled ${sensor_id}. The key is shown this once. ${setup.where}:`)
      console.log(setup.text(server, key))
    })
}

async function enrol(server: string, token: string): Promise<EnrolledSensor> {
  const response = await fetch(`${server}/sensors/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
    redirect: 'error',
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  }).catch((error: Error) => {
    throw new CliError(`${server} cannot be reached: ${error.message}; name the server with --url`)
  })
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) return EnrolledSensor.parse(answer)
  const detail = Problem.safeParse(answer).data?.detail
  throw new CliError(`the server answered ${response.status}${detail ? `: ${detail}` : ''}`)
}
