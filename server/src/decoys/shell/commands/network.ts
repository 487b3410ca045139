import { toBuffer } from '../bytes.js'
import type { Program, ProgramCall } from '../host.js'
import { isLocal } from '../machine.js'
import { traffic } from '../proc-files.js'
import { fail, readOptions } from './arguments.js'
import { busyboxVersion } from './busybox.js'
import { humanSize } from './listing.js'
import { attempt, pathOf } from './reading.js'
import { formatDate } from './time-format.js'

const ADDRESS = /^(?:\d{1,3}\.){3}\d{1,3}$/
/** Milliseconds after which a host that does not answer is given up; little of it is really waited. */
const TIMEOUT_MS = 20_000
const RESOLVE_MS = 2_000
const MAX_URL = 2_048

/** Scheme, host, port and path of an address as `wget` and `curl` read it. */
interface Target {
  url: string
  host: string
  port: number
  path: string
}

function targetOf(written: string): Target {
  const url = (/^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`).slice(0, MAX_URL)
  const match = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)(?::(\d{1,5}))?([^#]*)/i.exec(url)
  const scheme = match?.[1]?.toLowerCase() ?? 'http'
  const port = Number(match?.[3] ?? { http: 80, https: 443, ftp: 21, tftp: 69 }[scheme] ?? 80)
  return { url, host: match?.[2] ?? '', port, path: match?.[4] || '/' }
}

/** The name under which a fetched file is stored. */
function fileNameOf({ path }: Target): string {
  const name = path.split('?')[0]?.split('/').pop() ?? ''
  return name === '' ? 'index.html' : name
}

/** Records the address, and fetches it where that is allowed. */
async function fetched(call: ProgramCall, target: Target): Promise<Buffer | null> {
  const isNear = isLocal(call.host.machine, target.host)
  const content = isNear ? null : await fetchSafely(call, target.url)
  call.host.evidence.download(target.url, call.name, fileNameOf(target), content)
  if (content === null && !isNear) await call.host.pass(ADDRESS.test(target.host) ? TIMEOUT_MS : RESOLVE_MS)
  return content
}

/** Null also where fetching fails or is refused. */
async function fetchSafely({ host }: ProgramCall, url: string): Promise<Buffer | null> {
  try {
    return (await host.fetch?.(url)) ?? null
  } catch {
    return null
  }
}

function save(
  call: ProgramCall,
  name: string,
  content: Buffer,
  describe: (reason: string) => string,
): number {
  return attempt(call, describe, () => {
    const node = call.host.files.create(pathOf(call, name), call.state.owner, 0o666 & ~call.state.umask)
    call.host.files.append(node, content)
  })
}

const wget: Program = async (call) => {
  const { flags, values, operands } = readOptions(call.args, {
    letters: 'bcdEFHhKkLmNnpqrSvVx46',
    valued: 'aeiOoPQtTUwY',
    long: {
      quiet: 'q',
      'no-check-certificate': '!',
      'output-document=': 'O',
      'tries=': 't',
      'timeout=': 'T',
      'user-agent=': 'U',
      'directory-prefix=': 'P',
      version: 'V',
      help: 'h',
    },
  })
  if (flags.has('V')) {
    call.output.write(`GNU Wget ${call.host.machine.packages.wget} built on linux-gnu.\n`)
    return 0
  }
  if (operands.length === 0) {
    call.error.write(
      "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n",
    )
    return 1
  }
  let status = 0
  for (const operand of operands.slice(0, 20)) {
    const target = targetOf(operand)
    const say = (text: string): void => {
      if (!flags.has('q')) call.error.write(text)
    }
    say(`--${formatDate('%Y-%m-%d %H:%M:%S', call.host.now())}--  ${target.url}\n`)
    const content = await fetched(call, target)
    if (content === null) {
      status = 4
      say(isLocal(call.host.machine, target.host) ? refused(target) : unreachable(target))
      continue
    }
    const folder = values.get('P')
    const name =
      values.get('O') ?? (folder === undefined ? fileNameOf(target) : `${folder}/${fileNameOf(target)}`)
    say(connected(target, content, name === '-' ? 'STDOUT' : name))
    if (name === '-') call.output.write(content.toString('latin1'))
    else status ||= save(call, name, content, (reason) => `${name}: ${reason}`)
    say(
      `\n${formatDate('%Y-%m-%d %H:%M:%S', call.host.now())} (2.31 MB/s) - '${name}' saved [${content.length}/${content.length}]\n\n`,
    )
  }
  return status
}

function refused({ host, port }: Target): string {
  if (ADDRESS.test(host)) return `Connecting to ${host}:${port}... failed: Connection refused.\n`
  return `Resolving ${host} (${host})... 127.0.0.1\nConnecting to ${host} (${host})|127.0.0.1|:${port}... failed: Connection refused.\n`
}

function unreachable({ host, port }: Target): string {
  return ADDRESS.test(host)
    ? `Connecting to ${host}:${port}... failed: Connection timed out.\nGiving up.\n\n`
    : `Resolving ${host} (${host})... failed: Temporary failure in name resolution.\nwget: unable to resolve host address '${host}'\n`
}

function connected({ host, port }: Target, content: Buffer, name: string): string {
  return `Connecting to ${host}:${port}... connected.\nHTTP request sent, awaiting response... 200 OK\nLength: ${content.length} (${humanSize(content.length)}) [application/octet-stream]\nSaving to: '${name}'\n\n${name.slice(0, 20).padEnd(20)}100%[===================>] ${humanSize(content.length).padStart(7)}  --.-KB/s    in 0.1s\n`
}

const curl: Program = async (call) => {
  const { flags, values, operands } = readOptions(call.args, {
    letters: '0123469aBfgGhIijJklLMnNOpqRsSvVZ#',
    valued: 'AbcCdDeEFHKmoPQrTtuUwxXyYz',
    long: {
      silent: 's',
      'show-error': 'S',
      insecure: 'k',
      location: 'L',
      'output=': 'o',
      fail: 'f',
      'remote-name': 'O',
      'max-time=': 'm',
      'connect-timeout=': '!',
      'user-agent=': 'A',
      'header=': 'H',
      'data=': 'd',
      'request=': 'X',
      'retry=': '!',
      head: 'I',
      version: 'V',
    },
  })
  if (flags.has('V')) {
    const { curl: version, openssl, zlib } = call.host.machine.packages
    call.output.write(
      `curl ${version} (x86_64-pc-linux-gnu) libcurl/${version} OpenSSL/${openssl.split(' ')[0]} zlib/${zlib}\nProtocols: dict file ftp ftps gopher gophers http https imap imaps ldap ldaps mqtt pop3 pop3s rtmp rtsp scp sftp smb smbs smtp smtps telnet tftp\n`,
    )
    return 0
  }
  if (operands.length === 0) {
    call.error.write("curl: try 'curl --help' or 'curl --manual' for more information\n")
    return 2
  }
  let status = 0
  for (const operand of operands.slice(0, 20)) {
    const target = targetOf(operand)
    const content = await fetched(call, target)
    if (content === null) {
      const failure = curlFailure(call, target)
      status = failure.status
      if (!flags.has('s') || flags.has('S')) call.error.write(`curl: (${status}) ${failure.message}\n`)
      continue
    }
    const name = flags.has('O') ? fileNameOf(target) : values.get('o')
    if (name === undefined || name === '-') call.output.write(content.toString('latin1'))
    else status ||= save(call, name, content, (reason) => `Failed to open the file ${name}: ${reason}`)
  }
  return status
}

/** Exit status and message (libcurl-errors). Since 7.81 the message has the time, since 7.84 a refusal has another text. */
function curlFailure(call: ProgramCall, { host, port }: Target): { status: number; message: string } {
  const [, minor = 0] = call.host.machine.packages.curl.split('.').map(Number)
  const after = (milliseconds: number) => (minor >= 81 ? ` after ${milliseconds} ms` : '')
  const where = `Failed to connect to ${host} port ${port}`
  if (isLocal(call.host.machine, host)) {
    const reason = minor >= 84 ? "Couldn't connect to server" : 'Connection refused'
    return { status: 7, message: `${where}${after(0)}: ${reason}` }
  }
  if (ADDRESS.test(host)) return { status: 28, message: `${where}${after(TIMEOUT_MS)}: Connection timed out` }
  return { status: 6, message: `Could not resolve host: ${host}` }
}

/** `tftp`, of busybox (`-g -r file host`) and of Debian (`host -c get file`). */
const tftp: Program = async (call) => {
  const { values, operands } = readOptions(
    call.args.map((arg) => (arg === '-c' ? 'get-command' : arg)),
    { letters: 'gpv4', valued: 'rlbm' },
  )
  const words = operands.filter((word) => word !== 'get-command' && word !== 'get' && word !== 'put')
  const [host = '', second] = words
  const file = values.get('r') ?? second ?? ''
  if (host === '' || file === '') {
    call.error.write(
      call.name === 'busybox' || operands.length > 0 ? 'tftp: timeout\n' : 'Usage: tftp host\n',
    )
    return 1
  }
  const [name, port] = host.split(':')
  const target = targetOf(`tftp://${name}${port === undefined ? '' : `:${port}`}/${file.replace(/^\//, '')}`)
  return await storeOrTimeOut(
    call,
    target,
    values.get('l') ?? fileNameOf(target),
    ADDRESS.test(target.host) ? 'timeout' : `bad address '${target.host}'`,
  )
}

/** `ftpget` of busybox: `ftpget [options] host local remote`. */
const ftpget: Program = async (call) => {
  const { values, operands } = readOptions(call.args, { letters: 'cv', valued: 'upP' })
  const [host, local, remote = local] = operands
  if (host === undefined || local === undefined || remote === undefined) {
    call.error.write(
      `${busyboxVersion(call.host.machine)}\n\nUsage: ftpget [OPTIONS] HOST [LOCAL_FILE] REMOTE_FILE\n`,
    )
    return 1
  }
  const port = values.get('P')
  const target = targetOf(
    `ftp://${host}${port === undefined || port === '21' ? '' : `:${port}`}/${remote.replace(/^\//, '')}`,
  )
  return await storeOrTimeOut(
    call,
    target,
    local,
    ADDRESS.test(host)
      ? `can't connect to remote host (${host}): Connection timed out`
      : `bad address '${host}'`,
  )
}

async function storeOrTimeOut(
  call: ProgramCall,
  target: Target,
  name: string,
  message: string,
): Promise<number> {
  const content = await fetched(call, target)
  if (content === null) return fail(call, message)
  return save(call, name, content, (reason) => `can't open '${name}': ${reason}`)
}

const ping: Program = async (call) => {
  const { values, operands } = readOptions(call.args, { letters: '46aAbBdDfnqRUvV', valued: 'cIimMpsStWw' })
  const [host] = operands
  if (host === undefined) {
    call.error.write('ping: usage error: Destination address required\n')
    return 1
  }
  const { address, gateway } = call.host.machine
  const isNear = host === 'localhost' || host.startsWith('127.') || host === address || host === gateway
  if (!isNear && !ADDRESS.test(host)) {
    await call.host.pass(RESOLVE_MS)
    call.error.write(`ping: ${host}: Temporary failure in name resolution\n`)
    return 2
  }
  const count = Math.max(1, Math.min(20, Number(values.get('c') ?? 4) || 1))
  const shown = host === 'localhost' ? '127.0.0.1' : host
  call.output.write(`PING ${host} (${shown}) 56(84) bytes of data.\n`)
  await call.host.pass(count * 1_000)
  if (isNear)
    for (let at = 1; at <= count; at += 1)
      call.output.write(`64 bytes from ${shown}: icmp_seq=${at} ttl=64 time=0.0${30 + at} ms\n`)
  call.output.write(
    `\n--- ${host} ping statistics ---\n${count} packets transmitted, ${isNear ? count : 0} received, ${isNear ? 0 : 100}% packet loss, time ${(count - 1) * 1_019}ms\n${isNear ? 'rtt min/avg/max/mdev = 0.031/0.033/0.036/0.002 ms\n' : ''}\n`,
  )
  return isNear ? 0 : 1
}

/** Programs that connect somewhere: what they wanted is recorded, and nobody answers. */
function connector(
  scheme: string,
  defaultPort: string,
  message: (host: string, port: string, reason: string) => string,
): Program {
  return async (call) => {
    const { values, operands } = readOptions(call.args, {
      letters: '46AaCfGgKkMNnqrstTVvXxyYluzUdhZ',
      valued: 'bcDEeFIiJLlmOopPQRSWw',
    })
    const [first] = operands
    if (first === undefined || call.args.includes('-V')) return usageOf(call)
    const host = first.replace(/^.*@/, '').replace(/:[\s\S]*$/, '')
    const port = values.get('p') ?? (scheme === 'ssh' ? defaultPort : (operands[1] ?? defaultPort))
    call.host.evidence.attempt('shell.connect', {
      url: `${scheme}://${first.slice(0, 255)}:${port.slice(0, 16)}`,
    })
    const isNear = isLocal(call.host.machine, host)
    if (!isNear) await call.host.pass(TIMEOUT_MS)
    call.error.write(message(host, port, isNear ? 'Connection refused' : 'Connection timed out'))
    return scheme === 'ssh' ? 255 : 1
  }
}

function usageOf(call: ProgramCall): number {
  if (call.name === 'ssh' && call.args.includes('-V')) {
    const { ssh, packages } = call.host.machine
    call.error.write(`${ssh}, OpenSSL ${packages.openssl}\n`)
    return 0
  }
  const usage: Record<string, string> = {
    ssh: 'usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface] [-b bind_address]\n           [-c cipher_spec] [-D [bind_address:]port] [-E log_file]\n           destination [command [argument ...]]\n',
    scp: 'usage: scp [-346ABCOpqRrsTv] [-c cipher] [-D sftp_server_path] [-F ssh_config]\n           [-i identity_file] [-J destination] [-l limit]\n           [-o ssh_option] [-P port] [-S program] source ... target\n',
  }
  call.error.write(usage[call.name] ?? `usage: ${call.name} [-options] hostname port\n`)
  return call.name === 'ssh' ? 255 : 1
}

const ifconfig: Program = ({ host, output, args, error }) => {
  const { interfaceName, address, mac } = host.machine
  const { received, sent } = traffic(host.machine, host.now())
  const wanted = args.find((arg) => !arg.startsWith('-'))
  if (wanted !== undefined && wanted !== interfaceName && wanted !== 'lo') {
    error.write(`${wanted}: error fetching interface information: Device not found\n`)
    return 1
  }
  const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1)
  const broadcast = address.replace(/\d+$/, '255')
  if (wanted !== 'lo')
    output.write(`${interfaceName}: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
        inet ${address}  netmask 255.255.255.0  broadcast ${broadcast}
        ether ${mac}  txqueuelen 1000  (Ethernet)
        RX packets ${Math.floor(received / 610)}  bytes ${received} (${megabytes(received)} MB)
        RX errors 0  dropped 0  overruns 0  frame 0
        TX packets ${Math.floor(sent / 540)}  bytes ${sent} (${megabytes(sent)} MB)
        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0

`)
  if (wanted !== interfaceName)
    output.write(`lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536
        inet 127.0.0.1  netmask 255.0.0.0
        inet6 ::1  prefixlen 128  scopeid 0x10<host>
        loop  txqueuelen 1000  (Local Loopback)
        RX packets 1504  bytes 918212 (918.2 KB)
        RX errors 0  dropped 0  overruns 0  frame 0
        TX packets 1504  bytes 918212 (918.2 KB)
        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0

`)
  return 0
}

const ip: Program = ({ host, output, args, error }) => {
  const { interfaceName, address, gateway, mac } = host.machine
  const object = args.find((arg) => !arg.startsWith('-')) ?? ''
  if (object !== '' && 'address'.startsWith(object)) {
    output.write(`1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
    inet6 ::1/128 scope host 
       valid_lft forever preferred_lft forever
2: ${interfaceName}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    link/ether ${mac} brd ff:ff:ff:ff:ff:ff
    inet ${address}/24 brd ${address.replace(/\d+$/, '255')} scope global ${interfaceName}
       valid_lft forever preferred_lft forever
`)
    return 0
  }
  if (object !== '' && 'route'.startsWith(object)) {
    output.write(
      `default via ${gateway} dev ${interfaceName} proto static \n${address.replace(/\d+$/, '0')}/24 dev ${interfaceName} proto kernel scope link src ${address} \n`,
    )
    return 0
  }
  if (object !== '' && 'link'.startsWith(object)) {
    output.write(
      `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n2: ${interfaceName}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP mode DEFAULT group default qlen 1000\n    link/ether ${mac} brd ff:ff:ff:ff:ff:ff\n`,
    )
    return 0
  }
  if (object !== '' && 'neighbour'.startsWith(object)) {
    output.write(`${gateway} dev ${interfaceName} lladdr ${mac.slice(0, 9)}1a:7c:02 REACHABLE\n`)
    return 0
  }
  if (object === '') error.write('Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n')
  else error.write(`Object "${object}" is unknown, try "ip help".\n`)
  return object === '' ? 255 : 1
}

const PORTS: Readonly<Record<string, ReadonlyArray<[string, string, string]>>> = {
  nginx: [['0.0.0.0:80', '0.0.0.0:*', 'nginx: master']],
  apache2: [['0.0.0.0:80', '0.0.0.0:*', 'apache2']],
  mariadb: [['127.0.0.1:3306', '0.0.0.0:*', 'mariadbd']],
  postgresql: [['127.0.0.1:5432', '0.0.0.0:*', 'postgres']],
  'redis-server': [['127.0.0.1:6379', '0.0.0.0:*', 'redis-server']],
}

const netstat: Program = (call) => {
  const { host, output, args, state } = call
  const text = args.join('')
  if (/r/.test(text) && !/[tul]/.test(text)) return route(call)
  const processes = host.machine.processes(host.now())
  const pidOf = (name: string): string => {
    const pid = processes.find(({ command }) => command.includes(name.split(':')[0] ?? name))?.pid
    return state.owner.uid === 0 && pid !== undefined ? `${pid}/${name}` : '-'
  }
  const listening: Array<[string, string, string]> = [
    ['0.0.0.0:22', '0.0.0.0:*', 'sshd'],
    ...host.machine.services.flatMap((service) => PORTS[service] ?? []),
  ]
  const showsListening = /[la]/.test(text)
  const showsOthers = !/l/.test(text) || /a/.test(text)
  const isSs = call.name === 'ss'
  const hasPid = text.includes('p')
  if (isSs) output.write('Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:Port Process\n')
  else
    output.write(
      `Active Internet connections (${showsListening ? (showsOthers ? 'servers and established' : 'only servers') : 'w/o servers'})\nProto Recv-Q Send-Q Local Address           Foreign Address         State       ${hasPid ? 'PID/Program name    ' : ''}\n`,
    )
  const line = (local: string, peer: string, status: string, name: string): string =>
    isSs
      ? `tcp   ${(status === 'LISTEN' ? 'LISTEN' : 'ESTAB').padEnd(6)} 0      ${(status === 'LISTEN' ? '128' : '0').padEnd(6)} ${local.padStart(18)} ${peer.padStart(18)} ${hasPid ? `users:(("${name.split(':')[0]}",pid=${pidOf(name).split('/')[0]},fd=3))` : ''}\n`
      : `tcp        0      0 ${local.padEnd(23)} ${peer.padEnd(23)} ${status.padEnd(11)} ${hasPid ? pidOf(name).padEnd(20) : ''}\n`
  if (showsListening)
    for (const [local, peer, name] of listening) output.write(line(local, peer, 'LISTEN', name))
  if (showsOthers)
    output.write(
      line(
        `${host.machine.address}:22`,
        `${host.clientAddress}:${40_000 + (state.pid % 20_000)}`,
        'ESTABLISHED',
        'sshd',
      ),
    )
  return 0
}

const route: Program = ({ host, output }) => {
  const { gateway, interfaceName, address } = host.machine
  output.write(
    `Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n${'0.0.0.0'.padEnd(16)}${gateway.padEnd(16)}0.0.0.0         UG    0      0        0 ${interfaceName}\n${address.replace(/\d+$/, '0').padEnd(16)}0.0.0.0         255.255.255.0   U     0      0        0 ${interfaceName}\n`,
  )
  return 0
}

const arp: Program = ({ host, output }) => {
  const { gateway, interfaceName, mac } = host.machine
  output.write(
    `Address                  HWtype  HWaddress           Flags Mask            Iface\n${gateway.padEnd(25)}ether   ${mac.slice(0, 9)}1a:7c:02   C                     ${interfaceName}\n`,
  )
  return 0
}

const lookup: Program = async (call) => {
  await call.host.pass(RESOLVE_MS)
  call.output.write(
    ';; communications error: timed out\n;; connection timed out; no servers could be reached\n',
  )
  return 1
}

const sshKeygen: Program = (call) => {
  const { values } = readOptions(call.args, { letters: 'qAlyBDeHiLpRv', valued: 'tbfNPC' })
  const path =
    values.get('f') ??
    `${call.host.accounts.find(({ name }) => name === call.state.user)?.home ?? '/root'}/.ssh/id_rsa`
  const body = Buffer.from(`${call.host.machine.machineId}${call.host.now()}`).toString('base64')
  call.output.write(
    `Generating public/private ${values.get('t') ?? 'rsa'} key pair.\nYour identification has been saved in ${path}\nYour public key has been saved in ${path}.pub\n`,
  )
  return (
    save(
      call,
      path,
      toBuffer(`-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`),
      (reason) => `Saving key "${path}" failed: ${reason}`,
    ) ||
    save(
      call,
      `${path}.pub`,
      toBuffer(`ssh-rsa ${body} ${call.state.user}@${call.host.machine.hostName}\n`),
      (reason) => `Saving key failed: ${reason}`,
    )
  )
}

/** Commands on the network. None of them connects anywhere. */
export const NETWORK_COMMANDS: Readonly<Record<string, Program>> = {
  arp,
  curl,
  dig: lookup,
  ftpget,
  host: lookup,
  ifconfig,
  ip,
  nc: connector(
    'tcp',
    '0',
    (host, port, reason) => `nc: connect to ${host} port ${port} (tcp) failed: ${reason}\n`,
  ),
  netstat,
  nslookup: lookup,
  ping,
  route,
  scp: connector(
    'ssh',
    '22',
    (host, port, reason) => `ssh: connect to host ${host} port ${port}: ${reason}\nlost connection\n`,
  ),
  ss: netstat,
  ssh: connector(
    'ssh',
    '22',
    (host, port, reason) => `ssh: connect to host ${host} port ${port}: ${reason}\n`,
  ),
  'ssh-keygen': sshKeygen,
  telnet: connector(
    'telnet',
    '23',
    (host, _port, reason) => `Trying ${host}...\ntelnet: Unable to connect to remote host: ${reason}\n`,
  ),
  tftp,
  wget,
}
