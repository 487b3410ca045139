import { isIP } from 'node:net'
import { join } from 'node:path'
import { Argument, Command } from 'commander'
import { loadDecoy, PROTOCOLS } from '../decoys/protocols.js'
import { type DecoyRuntime, startDecoy } from '../decoys/runtime/decoy-runtime.js'
import { userToBecome } from '../decoys/runtime/privileges.js'
import { canonicalIp } from '../domain/ip-address.js'
import { networks } from '../domain/networks.js'
import { type LogFormat, logFormatOption, openCommandLog } from './command-log.js'
import { CliError } from './errors.js'
import { MIB, mebibytes } from './mebibytes.js'
import { SENSOR_KEY_HINT, sensorKey } from './sensor-key.js'
import { openStdout } from './standard-output.js'
import { stateOption } from './state-directory.js'

interface DecoyCommandOptions {
  host: string
  port?: number
  public?: true
  url: string
  keyFile?: string
  sensor?: string
  bait?: string
  state: string
  spoolMib: number
  maxConnections: number
  maxConnectionsPerAddress: number
  user?: string
  allowRoot?: true
  logFormat: LogFormat
}

const LAST_LINES_MS = 2_000
const LOOPBACK = networks('127.0.0.0/8', '::1')

const HELP = `
A decoy imitates a service. Nobody has a reason to use it, so whoever does is recorded: credentials, commands, files. It gives access to
nothing: there is no program behind it, it stores what it is given under names of its own, and it opens connections to --url alone.

It listens on this machine alone, unless --host names another address and --public confirms that. It does not run as root; for a port below
1024 start it as root with --user, or give the port to it with a redirect of the firewall. Its key comes from EVILTWIN_KEY or a file:
eviltwin key add NAME --sensor SENSOR. Host name, keys and versions follow from a secret that is made once and kept in the state directory.`

export function decoyCommand(): Command {
  return new Command('decoy')
    .summary('imitate a service, and send what attackers do there')
    .description('Imitate a service (a decoy), and send what attackers do there to POST /log.')
    .addArgument(new Argument('<protocol>', 'which service').choices(PROTOCOLS))
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option(
      '--port <n>',
      'the port to listen on; 0 is one that is free; by default that of the protocol',
      portNumber,
    )
    .option('--public', 'listen on an address that other machines reach')
    .option('--url <url>', 'the server', process.env['EVILTWIN_URL'] ?? 'http://localhost:8000')
    .option('--key-file <file>', 'file with the sensor key (EVILTWIN_KEY_FILE); without it EVILTWIN_KEY')
    .option('--sensor <id>', 'the sensor of its records; by default the one that the key is bound to')
    .option('--bait <file>', 'further pages of the HTTP decoy, in YAML or JSON')
    .addOption(stateOption('where the identity and the spool are kept'))
    .option(
      '--spool-mib <n>',
      'most disk for records, and as much for evidence, while the server is away',
      mebibytes,
      256,
    )
    .option('--max-connections <n>', 'connections at the same time', positive, 256)
    .option('--max-connections-per-address <n>', 'the same, of one address', positive, 16)
    .option('--user <name>', 'become this user once the port is open (when started as root)')
    .option('--allow-root', 'run as root: a mistake in the decoy then gives the host away')
    .addOption(logFormatOption())
    .addHelpText('after', HELP)
    .action(run)
}

async function run(protocol: string, options: DecoyCommandOptions): Promise<void> {
  const create = await loadDecoy(protocol)
  if (!create) throw new CliError(`there is no decoy ${protocol}`, 2)
  const { host, url, keyFile = process.env['EVILTWIN_KEY_FILE'], spoolMib, sensor, ...bounds } = options
  assertExposure(options)
  const stopRequested = listenForStop()
  const user = await userToBecome({ user: options.user, allowRoot: options.allowRoot === true })
  const key = keyReader(keyFile)
  if (!key()) throw new CliError(`a decoy sends what it records with a key of its own: ${SENSOR_KEY_HINT}`)
  if (options.bait !== undefined && protocol !== 'http')
    throw new CliError(`--bait adds pages to the HTTP decoy; the ${protocol} decoy has none`, 2)
  const stdout = openStdout()
  const log = openCommandLog(stdout, options.logFormat, 'decoy')
  try {
    const decoy = await startDecoy({
      ...bounds,
      state: join(options.state, 'decoys'),
      create,
      host,
      url: serverUrl(url),
      key,
      keyHint: SENSOR_KEY_HINT,
      sensor,
      baitFile: options.bait,
      user,
      spoolBytes: spoolMib * MIB,
      log,
      now: Date.now,
    })
    announce(protocol, decoy, options)
    log.info('Decoy listens', { protocol, host, port: decoy.port, url, user: user?.name })
    await stopRequested
    await decoy.stop()
  } finally {
    await stdout.close(LAST_LINES_MS)
  }
  // What a connection left pending does not keep the process.
  process.exitCode = 0
}

/** @throws {CliError} where other machines would reach the decoy, and nobody said so. */
function assertExposure({ host, public: isPublic }: DecoyCommandOptions): void {
  if (isIP(host) === 0) throw new CliError(`--host takes an IP address, not ${host}`, 2)
  if (isLoopback(host) || isPublic) return
  throw new CliError(
    `${host} can be reached by other machines: add --public if attackers shall reach the decoy, and see docs/decoys.md for what that exposes`,
    2,
  )
}

function isLoopback(host: string): boolean {
  return LOOPBACK.some((network) => network.contains(canonicalIp(host) ?? host))
}

/** States on stderr what is exposed; to whoever started this process as a child, where it listens. */
function announce(protocol: string, { port }: DecoyRuntime, { host, url }: DecoyCommandOptions): void {
  process.send?.({ listening: { host, port } })
  if (isLoopback(host)) return
  const where = host === '0.0.0.0' || host === '::' ? 'every address of this machine' : host
  process.stderr.write(
    `eviltwin: the ${protocol} decoy is PUBLIC: ${where}, TCP port ${port}. Whoever reaches it may log in to the imitation and leave files, which are kept as evidence. Nothing else of this machine is exposed by it, and it connects to ${url} alone.\n`,
  )
}

/** Ends with the first signal, and with the process that started it as a child; the second signal does not wait. */
function listenForStop(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const onSignal = () => {
      if (asked) process.exit(130)
      asked = true
      resolve()
    }
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
    process.once('disconnect', resolve)
  })
}

/** The key as it was read last where the file cannot be read any more: the process may have become another user. */
function keyReader(file: string | undefined): () => string | undefined {
  let last = sensorKey(file)
  return () => {
    try {
      last = sensorKey(file)
    } catch {
      return last
    }
    return last
  }
}

function serverUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new CliError(`--url takes a URL such as https://eviltwin.example.org, not ${text}`, 2)
}

function portNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > 65_535) throw new CliError(`${text} is not a port (0 to 65535)`, 2)
  return value
}

function positive(text: string): number {
  const value = Number(text)
  if (!/^\d{1,6}$/.test(text) || value < 1) throw new CliError(`${text} is not a number from 1 to 999999`, 2)
  return value
}
