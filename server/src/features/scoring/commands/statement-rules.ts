import { isShell, type ShellStatement } from './shell-statement.js'
import { shellStatements, startReading } from './shell-statements.js'
import type { Tactic } from './tactic-model.js'

/** What a statement is evidence of. */
export interface StatementRule {
  /** MITRE ATT&CK Enterprise. */
  readonly technique: string
  /** The behaviour that it shows (see signals.ts); null: none that a score looks at. */
  readonly behaviour: string | null
  /** As the experts of the labelled corpus name it. */
  readonly tactic: Tactic
  readonly shows: (statement: Examined) => boolean
}

/** A statement with the files that it touches, worked out once for all rules. */
interface Examined extends ShellStatement {
  /** Files that it creates or changes. */
  readonly written: readonly string[]
  /** Files that it makes empty or takes away. */
  readonly removed: readonly string[]
  /** Files whose content it reads. */
  readonly read: readonly string[]
}

/** Paths whose change keeps access, by technique. */
const KEYS = /(?:^|\/)authorized_keys2?$/
const CRON = /^\/(?:etc\/(?:cron|anacron)|var\/spool\/cron)/
const UNITS = /^\/(?:etc|lib|usr\/lib|run)\/systemd\/|\.config\/systemd\//
const BOOT_SCRIPTS = /^\/etc\/(?:rc\.|rc\d?\.d|init\.d\/|inittab|local\.d|profile\.d\/.*boot)|\/rc\.local$/
const SHELL_STARTUP =
  /(?:^|\/)\.(?:bashrc|bash_profile|bash_login|profile|zshrc|zprofile)$|^\/etc\/(?:profile|bash\.bashrc)/
const PRELOAD = /^\/etc\/ld\.so\.preload$/
const ACCOUNTS = /^\/etc\/(?:passwd|shadow|group|gshadow)$/
const SUDOERS = /^\/etc\/sudoers/
const LOGS = /^\/var\/(?:log|adm)(?:\/|$)|^\/(?:var\/)?run\/utmp$|\/(?:wtmp|btmp|lastlog|utmp)$/
const HISTORY = /(?:^|\/)\.[a-z]*_history$/
/** What holds secrets, by technique. */
const SHADOW = /^\/etc\/(?:shadow|gshadow)-?$/
const PRIVATE_KEY = /(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)$|\.pem$|\.ppk$/
const CREDENTIAL_FILES =
  /\.aws\/credentials|\.kube\/config|\.docker\/config\.json|\.git-credentials|\.netrc$|\.pgpass$|\.my\.cnf$|(?:^|\/)\.env$|wallet\.dat|\/tdata(?:\/|$)|wp-config\.php/
const SYSTEM_FILES =
  /^\/proc\/|^\/etc\/(?:os-release|issue|lsb-release|[a-z]+-release|hostname|resolv\.conf|hosts)$|^\/sys\//

const MINERS =
  /^(?:xmrig|xmr-stak|minerd|cpuminer|ccminer|ethminer|kinsing|kdevtmpfsi|t-rex|nbminer|lolminer)/
const MINING =
  /stratum\+(?:tcp|ssl|udp):|xmrig|minerd|cpuminer|nanopool|minexmr|supportxmr|c3pool|moneroocean/i
/** Services that say from where one comes: asking them fetches nothing. */
const ADDRESS_SERVICES =
  /^(?:https?:\/\/)?(?:[\w-]+\.)*(?:ipinfo\.io|ifconfig\.(?:me|co|io)|icanhazip\.com|ipify\.org|ip-api\.com|checkip\.amazonaws\.com|ident\.me|ip\.sb|myip\.\w+|ipecho\.net)(?:\/|$)/
const REMOTE_PATH = /^(?:[\w.-]+@)?[\w.-]+:(?!\\)/
const DEVICE = /^\/dev\/(?:[shv]d[a-z]|xvd|nvme|mmcblk|mtd|mem)/
const DROP_DIRECTORY =
  /^(?:\/(?:tmp|var\/tmp|dev\/shm|run|mnt|root|home|opt|var\/run)\/|~\/|\$HOME\/|\.{1,2}\/)/
const ESCAPED = /(?:\\{1,2}x[0-9a-fA-F]{2}){4}|(?:\\{1,2}[0-7]{3}){4}/
const DEFENCES =
  /^(?:firewalld|iptables|ufw|auditd|apparmor|rsyslog|syslog|fail2ban|aliyun|cloudmonitor|crowdsec|clamav)/

const READERS = new Set([
  ...[
    'cat',
    'tac',
    'nl',
    'head',
    'tail',
    'less',
    'more',
    'strings',
    'xxd',
    'od',
    'hexdump',
    'base64',
    'cut',
    'sort',
  ],
  ...[
    'awk',
    'sed',
    'grep',
    'egrep',
    'fgrep',
    'zcat',
    'zip',
    'tar',
    'dd',
    'vi',
    'vim',
    'nano',
    'unshadow',
    'john',
  ],
])
const COPIERS = new Set(['cp', 'mv', 'ln', 'install', 'rsync', 'scp'])
const REMOVERS = new Set(['rm', 'unlink', 'shred', 'truncate', 'srm'])
const LOOKERS = new Set([
  ...[
    'ls',
    'dir',
    'find',
    'locate',
    'which',
    'whereis',
    'stat',
    'file',
    'pwd',
    'tree',
    'du',
    'wc',
    'test',
    '[',
  ],
  ...['grep', 'egrep', 'cat', 'head', 'tail', 'awk', 'readlink', 'realpath', 'type', 'less', 'more'],
])
const FETCHERS = new Set(['wget', 'curl', 'lwp-download', 'aria2c', 'fetch', 'axel'])
const KILLERS = new Set(['kill', 'pkill', 'killall', 'killall5', 'skill'])
const INTERPRETERS = /^(?:python[\d.]*|perl|ruby|php|node|lua)$/

const said = ({ options }: ShellStatement, ...wanted: string[]) =>
  options.some((option) => wanted.includes(option))
/** A letter among short options that may stand together, as in `-rf`. */
const flag = ({ options }: ShellStatement, letter: string) =>
  options.some((option) => !option.startsWith('--') && option.slice(1).includes(letter))
const any = (words: readonly string[], pattern: RegExp) => words.some((word) => pattern.test(word))

function filesWritten({ verb, words, options, operands, redirections }: ShellStatement): string[] {
  const files = redirections.flatMap(({ operator, target }) => (/>/.test(operator) ? target : []))
  if (verb === 'tee' || verb === 'touch') files.push(...operands)
  if (COPIERS.has(verb)) files.push(...operands.slice(-1))
  if (
    (verb === 'sed' || verb === 'perl') &&
    options.some((option) => /^-[a-zA-Z]*i|^--in-place/.test(option))
  )
    files.push(...operands)
  if (verb === 'dd') files.push(...operands.flatMap((word) => (word.startsWith('of=') ? word.slice(3) : [])))
  if (verb === 'wget' || verb === 'curl') {
    const named = words.findIndex((word) => word === '-O' || word === '-o' || word === '--output')
    if (named >= 0) files.push(...words.slice(named + 1, named + 2))
  }
  return files
}

function filesRemoved({ verb, operands, redirections }: ShellStatement): string[] {
  const emptied = ['', ':', 'true', 'echo', 'cat', 'printf'].includes(verb)
    ? redirections.flatMap(({ operator, target }) => (operator === '>' || operator === '>|' ? target : []))
    : []
  const linkedAway = verb === 'ln' && operands[0] === '/dev/null' ? operands.slice(1) : []
  return [...(REMOVERS.has(verb) ? operands : []), ...emptied, ...linkedAway]
}

function filesRead({ verb, options, operands, redirections }: ShellStatement): string[] {
  const given = redirections.flatMap(({ operator, target }) => (operator === '<' ? target : []))
  if (verb === 'dd') return operands.flatMap((word) => (word.startsWith('if=') ? word.slice(3) : []))
  if (COPIERS.has(verb)) return operands.slice(0, -1)
  if (verb === 'curl')
    return operands.concat(options).flatMap((word) => (/^@|=@/.test(word) ? word.replace(/^.*@/, '') : []))
  return READERS.has(verb) ? [...given, ...operands] : given
}

const writes = ({ written }: Examined, pattern: RegExp) => any(written, pattern)
const removes = ({ removed }: Examined, pattern: RegExp) => any(removed, pattern)
const reads = ({ read }: Examined, pattern: RegExp) => any(read, pattern)
const runs =
  (...verbs: string[]) =>
  ({ verb }: ShellStatement) =>
    verbs.includes(verb)

/** Whether a statement asks a program only for its help or version. */
function isInquiry(statement: ShellStatement): boolean {
  const { verb, operands } = statement
  if (said(statement, '--help', '--version', '-version')) return true
  return (
    operands.length === 0 && said(statement, '-V', '-h', '-v') && !LOOKERS.has(verb) && !DISCOVERY.has(verb)
  )
}

function installsJobs(statement: ShellStatement): boolean {
  const { verb, operands, options, isPiped, redirections } = statement
  if (verb !== 'crontab' || flag(statement, 'l') || flag(statement, 'r')) return false
  // A user's name is no file.
  const files = said(statement, '-u') ? operands.slice(1) : operands
  return (
    files.length > 0 || flag(statement, 'e') || isPiped || (options.length === 0 && redirections.length > 0)
  )
}

function enablesService({ verb, operands }: ShellStatement): boolean {
  const [first, second] = operands
  if (verb === 'systemctl') return first === 'enable' || first === 'reenable' || first === 'link'
  if (verb === 'update-rc.d') return second === 'defaults' || second === 'enable'
  if (verb === 'chkconfig') return second === 'on' || first === 'on'
  return verb === 'rc-update' && first === 'add'
}

/** Whether a service is stopped. */
function stopsService({ verb, operands }: ShellStatement): boolean {
  return (
    (verb === 'systemctl' || verb === 'service') &&
    operands.some((word) => word === 'stop' || word === 'disable' || word === 'mask')
  )
}

function stopsDefences(statement: ShellStatement): boolean {
  const { verb, operands, words } = statement
  if (stopsService(statement)) return any(operands, DEFENCES)
  if (verb === 'susefirewall2') return operands.includes('stop')
  if (KILLERS.has(verb)) return any(operands, DEFENCES)
  return verb === 'setenforce' ? words[0] === '0' || words[0]?.toLowerCase() === 'permissive' : false
}

function opensFirewall(statement: ShellStatement): boolean {
  const { verb, operands } = statement
  if (verb === 'ufw') return operands[0] === 'disable' || operands[0] === 'reset' || operands[0] === 'allow'
  if (verb === 'nft') return operands[0] === 'flush'
  if (!/^ip6?tables$/.test(verb)) return false
  return said(statement, '-F', '-X', '--flush', '-P', '--policy', '-A', '-I', '-D')
}

function makesExecutable(statement: ShellStatement): boolean {
  if (statement.verb !== 'chmod') return false
  const [mode = '', ...files] = statement.operands
  if (files.length > 0 && files.every((file) => /(?:^|\/)\.ssh(?:\/|$)/.test(file))) return false
  return /^[0-7]{3,4}$/.test(mode)
    ? [...mode.slice(-3)].some((digit) => Number(digit) % 2 === 1)
    : /^[ugoa]*[+=][rws]*x/.test(mode)
}

/** A script or a program that somebody brought, in distinction from those of the system. */
function runsFile(statement: ShellStatement): boolean {
  const { verb, program, operands, isPiped, options } = statement
  if (isShell(verb) || verb === 'source' || verb === '.') {
    if (options.some((option) => /^-[a-z]*c$/.test(option))) return false
    return operands.some((word) => word !== '-') || (isPiped && verb !== 'source' && verb !== '.')
  }
  return DROP_DIRECTORY.test(program) && !/^\/(?:root|home)\/?$/.test(program)
}

/** Programs of the shell that change nothing. */
const BUILT_INS = new Set([
  '',
  'echo',
  'printf',
  'true',
  'false',
  ':',
  'exit',
  'return',
  'test',
  '[',
  '[[',
  'sleep',
])

/**
 * Whether what is run, or made executable, is text that the command line itself holds and that only asks: scripts find out by it whether
 * files can be written and run at all.
 */
function onlyAsks({ script }: ShellStatement): boolean {
  if (script === null) return false
  const reader = startReading()
  for (const statement of shellStatements(script, reader)) {
    const isKnown = BUILT_INS.has(statement.verb) || DISCOVERY.has(statement.verb)
    if (!isKnown || filesWritten(statement).some((file) => file !== '/dev/null')) return false
    if (statement.verb === 'find' && any(statement.options, /^-(?:exec|ok|delete|fprint)/)) return false
  }
  return reader.unread === 0
}

/** A connection is given a shell. */
function connectsShell(statement: ShellStatement): boolean {
  const { verb, operands } = statement
  if (/^(?:nc|ncat|netcat)$/.test(verb))
    return flag(statement, 'e') || flag(statement, 'c') || said(statement, '--exec', '--sh-exec')
  return verb === 'socat' && any(operands, /^(?:exec|system):/i)
}

function runsInterpreter(statement: ShellStatement): boolean {
  const { verb, operands, isPiped } = statement
  return INTERPRETERS.test(verb) && (operands.length > 0 || said(statement, '-c', '-e', '-r') || isPiped)
}

/** A file comes over the connection itself, by standard input. */
function receives(statement: Examined): boolean {
  const { verb, operands, isPiped, redirections, written } = statement
  if (verb === 'scp') return flag(statement, 't')
  if (isPiped || redirections.some(({ operator }) => operator.startsWith('<'))) return false
  if (verb === 'tar') return operands.includes('-') && any(statement.words.slice(0, 1), /^-?[a-zA-Z]*x/)
  return (
    (verb === 'cat' && operands.length === 0 && written.length > 0) || (verb === 'tee' && operands.length > 0)
  )
}

function fetches(statement: Examined): boolean {
  const { verb, operands, redirections, words } = statement
  if (redirections.some(({ target }) => target.startsWith('/dev/tcp/'))) return true
  if (verb === 'curl' && said(statement, '-I', '--head')) return false
  if (FETCHERS.has(verb)) return operands.length > 0 && !operands.some((word) => ADDRESS_SERVICES.test(word))
  if (verb === 'tftp' || verb === 'ftpget' || verb === 'ftp' || verb === 'sftp') return words.length > 0
  if (receives(statement)) return true
  if (verb === 'scp') return operands.slice(0, -1).some((word) => REMOTE_PATH.test(word))
  return (
    verb === 'rsync' &&
    operands.slice(0, -1).some((word) => REMOTE_PATH.test(word) || word.startsWith('rsync:'))
  )
}

/** What is not literal text leaves by a raw connection. */
function sendsRaw(statement: ShellStatement): boolean {
  const { verb, operands, isPiped, redirections, script } = statement
  if (!/^(?:nc|ncat|netcat)$/.test(verb) || operands.length === 0 || flag(statement, 'z')) return false
  const isGivenFile = redirections.some(({ operator, target }) => operator === '<' && target !== '/dev/null')
  return isGivenFile || (isPiped && script === null)
}

/** A file is uploaded by HTTP or FTP. */
function uploads(statement: ShellStatement): boolean {
  const { verb, words, operands } = statement
  if (verb === 'ftpput') return operands.length > 0
  if (verb === 'wget') return any(words, /^--(?:post|body)-file=/)
  return (
    verb === 'curl' && any(words, /^(?:-T|--upload-file)|^(?:-F|-d|--data[a-z-]*=?|--form=?)?(?:[\w-]+=)?@/)
  )
}

/** A file is copied to another system over SSH. */
function copiesAway({ verb, operands }: ShellStatement): boolean {
  const to = operands.at(-1) ?? ''
  return (
    (verb === 'scp' || verb === 'rsync') &&
    operands.length > 1 &&
    (REMOTE_PATH.test(to) || to.startsWith('rsync:'))
  )
}

/** `rm` of everything, a new file system, or a device that is overwritten. */
function destroys(statement: Examined): boolean {
  const { verb, operands } = statement
  if (verb === 'rm') {
    const isWide = operands.some((word) =>
      /^\/(?:\*|\.\*)?$|^\/(?:bin|boot|etc|usr|var|lib|home|root)\/?\*?$/.test(word),
    )
    return said(statement, '--no-preserve-root') || (isWide && (flag(statement, 'r') || flag(statement, 'R')))
  }
  if (/^(?:mkfs(?:\.\w+)?|wipefs|mke2fs)$/.test(verb)) return operands.length > 0
  return writes(statement, DEVICE) || (verb === 'shred' && any(operands, DEVICE))
}

function shutsDown(statement: ShellStatement): boolean {
  const { verb, operands } = statement
  if (verb === 'shutdown') return !said(statement, '-c')
  return /^(?:reboot|halt|poweroff)$/.test(verb) || (verb === 'init' && /^[06]$/.test(operands[0] ?? ''))
}

function mines(statement: Examined): boolean {
  const { verb, operands, options } = statement
  if (LOOKERS.has(verb) || KILLERS.has(verb) || REMOVERS.has(verb) || verb === 'ps' || verb === 'pgrep')
    return false
  if (MINERS.test(verb)) return true
  if (verb === 'echo' || verb === 'printf') return statement.written.length > 0 && any(operands, MINING)
  return any([...operands, ...options], MINING)
}

function decodes(statement: Examined): boolean {
  const { verb, operands } = statement
  if (verb === 'base64' || verb === 'base32')
    return flag(statement, 'd') || flag(statement, 'D') || said(statement, '--decode')
  if (verb === 'xxd') return flag(statement, 'r')
  if (verb === 'openssl') return operands.includes('base64') && flag(statement, 'd')
  // Written to a file or a program, escapes are a payload; on the terminal they only ask whether this is a real shell.
  return (verb === 'echo' || verb === 'printf') && any(operands, ESCAPED) && statement.written.length > 0
}

function dropsHistory(statement: Examined): boolean {
  const { verb, operands, assignments } = statement
  if (verb === 'history') return flag(statement, 'c')
  if (verb === 'unset') return operands.some((word) => word.startsWith('HIST'))
  if (verb === 'set') return operands.includes('history') || operands.includes('+o')
  const assigned = verb === 'export' || verb === 'declare' ? operands : verb === '' ? assignments : []
  return any(assigned, /^HIST(?:FILE|SIZE|FILESIZE|CONTROL)=/) || removes(statement, HISTORY)
}

function changesPassword(statement: ShellStatement): boolean {
  // `hive-passwd` and the like are the same of appliances.
  return (
    statement.verb === 'chpasswd' ||
    (/^(?:[a-z]+-)?passwd$/.test(statement.verb) && !said(statement, '-S', '--status'))
  )
}

function scans(statement: ShellStatement): boolean {
  const { verb, operands } = statement
  if (/^(?:nmap|masscan|zmap|pnscan)$/.test(verb)) return operands.length > 0
  return /^(?:nc|ncat|netcat)$/.test(verb) && flag(statement, 'z')
}

const DISCOVERY: ReadonlyMap<string, string> = new Map(
  Object.entries({
    T1082:
      'uname lscpu nproc free df dmidecode lspci hostname uptime nvidia-smi arch lsb_release lsblk mount env hostnamectl getconf lsusb vmstat dmesg mpstat cpuinfo',
    T1033: 'whoami id w who last users finger groups logname lastlog',
    T1057: 'ps top pgrep htop pstree pidof lsof',
    T1049: 'netstat ss',
    T1016: 'ifconfig ip route arp iwconfig nmcli /ip nslookup dig host traceroute resolvectl',
    T1124: 'date',
    T1083: [...LOOKERS].join(' '),
    T1518: 'dpkg rpm',
    T1201: 'chage',
  }).flatMap(([technique, verbs]) => verbs.split(' ').map((verb): [string, string] => [verb, technique])),
)

function looks(technique: string): (statement: ShellStatement) => boolean {
  return ({ verb }) => DISCOVERY.get(verb) === technique
}

/** What only asks: statements that change nothing. */
const INQUIRIES: readonly StatementRule[] = [
  {
    technique: 'T1003.008',
    behaviour: 'credential_access',
    tactic: 'Discovery',
    shows: (s) => reads(s, SHADOW),
  },
  {
    technique: 'T1552.004',
    behaviour: 'credential_access',
    tactic: 'Discovery',
    shows: (s) => reads(s, PRIVATE_KEY),
  },
  {
    technique: 'T1552.001',
    behaviour: 'credential_access',
    tactic: 'Discovery',
    shows: (s) => reads(s, CREDENTIAL_FILES),
  },
  {
    technique: 'T1552.003',
    behaviour: 'credential_access',
    tactic: 'Discovery',
    shows: (s) => reads(s, HISTORY),
  },
  {
    technique: 'T1087.001',
    behaviour: 'discovery',
    tactic: 'Discovery',
    shows: (s) =>
      reads(s, /^\/etc\/(?:passwd|group|sudoers)$/) || (s.verb === 'getent' && s.operands[0] === 'passwd'),
  },
  { technique: 'T1082', behaviour: 'discovery', tactic: 'Discovery', shows: (s) => reads(s, SYSTEM_FILES) },
  ...['T1082', 'T1033', 'T1057', 'T1049', 'T1016', 'T1124', 'T1083', 'T1518', 'T1201'].map((technique) => ({
    technique,
    behaviour: 'discovery',
    tactic: 'Discovery' as const,
    shows: looks(technique),
  })),
  {
    technique: 'T1016.001',
    behaviour: 'discovery',
    tactic: 'Discovery',
    shows: (s) => FETCHERS.has(s.verb) && any(s.operands, ADDRESS_SERVICES),
  },
  {
    technique: 'T1007',
    behaviour: 'discovery',
    tactic: 'Discovery',
    shows: (s) =>
      (s.verb === 'systemctl' && /^(?:status|list-|is-|show)/.test(s.operands[0] ?? '')) ||
      (s.verb === 'service' && (s.operands[1] === 'status' || said(s, '--status-all'))),
  },
  {
    technique: 'T1083',
    behaviour: 'discovery',
    tactic: 'Discovery',
    shows: (s) => s.verb === 'crontab' && flag(s, 'l'),
  },
  {
    technique: 'T1069.001',
    behaviour: 'discovery',
    tactic: 'Discovery',
    shows: (s) => s.verb === 'sudo' && flag(s, 'l'),
  },
  {
    technique: 'T1518',
    behaviour: 'discovery',
    tactic: 'Discovery',
    shows: (s) => s.verb === 'command' || isInquiry(s),
  },
]

/** What acts, the more specific first. */
const ACTIONS: readonly StatementRule[] = [
  {
    technique: 'T1098.004',
    behaviour: 'persistence',
    tactic: 'Persistence',
    shows: (s) => writes(s, KEYS) || s.verb === 'ssh-copy-id',
  },
  {
    technique: 'T1053.003',
    behaviour: 'persistence',
    tactic: 'Persistence',
    shows: (s) => installsJobs(s) || writes(s, CRON),
  },
  {
    technique: 'T1053.002',
    behaviour: 'persistence',
    tactic: 'Persistence',
    shows: (s) => s.verb === 'at' && s.operands.length > 0 && !flag(s, 'l'),
  },
  {
    technique: 'T1543.002',
    behaviour: 'persistence',
    tactic: 'Persistence',
    shows: (s) => enablesService(s) || writes(s, UNITS),
  },
  {
    technique: 'T1037.004',
    behaviour: 'persistence',
    tactic: 'Persistence',
    shows: (s) => writes(s, BOOT_SCRIPTS),
  },
  {
    technique: 'T1546.004',
    behaviour: 'persistence',
    tactic: 'Persistence',
    shows: (s) => writes(s, SHELL_STARTUP),
  },
  {
    technique: 'T1574.006',
    behaviour: 'persistence',
    tactic: 'Persistence',
    shows: (s) => writes(s, PRELOAD),
  },
  {
    technique: 'T1136.001',
    behaviour: 'persistence',
    tactic: 'Persistence',
    shows: (s) =>
      (runs('useradd', 'adduser')(s) && s.operands.length > 0 && !flag(s, 'D')) ||
      (s.verb !== 'sed' && writes(s, ACCOUNTS)),
  },
  {
    technique: 'T1098',
    behaviour: 'account_manipulation',
    tactic: 'Persistence',
    shows: (s) =>
      changesPassword(s) ||
      (runs('usermod', 'gpasswd', 'visudo')(s) && s.words.length > 0) ||
      writes(s, SUDOERS),
  },
  {
    technique: 'T1531',
    behaviour: 'account_manipulation',
    tactic: 'Impact',
    shows: (s) => runs('userdel', 'deluser')(s) && s.operands.length > 0,
  },
  { technique: 'T1496.001', behaviour: 'resource_hijacking', tactic: 'Impact', shows: mines },
  { technique: 'T1485', behaviour: 'destruction', tactic: 'Impact', shows: destroys },
  { technique: 'T1529', behaviour: 'destruction', tactic: 'Impact', shows: shutsDown },
  { technique: 'T1562.004', behaviour: 'defense_evasion', tactic: 'Defense Evasion', shows: opensFirewall },
  { technique: 'T1562.001', behaviour: 'defense_evasion', tactic: 'Defense Evasion', shows: stopsDefences },
  { technique: 'T1070.003', behaviour: 'defense_evasion', tactic: 'Defense Evasion', shows: dropsHistory },
  {
    technique: 'T1070.002',
    behaviour: 'defense_evasion',
    tactic: 'Defense Evasion',
    shows: (s) => removes(s, LOGS),
  },
  {
    technique: 'T1222.002',
    behaviour: 'defense_evasion',
    tactic: 'Defense Evasion',
    shows: (s) => runs('chattr', 'lockr')(s) && s.words.length > 0,
  },
  {
    technique: 'T1489',
    behaviour: 'service_stop',
    tactic: 'Impact',
    shows: (s) =>
      (KILLERS.has(s.verb) && s.operands.length > 0 && !flag(s, 'l') && !said(s, '-0')) || stopsService(s),
  },
  { technique: 'T1140', behaviour: 'encoded_payload', tactic: 'Defense Evasion', shows: decodes },
  { technique: 'T1105', behaviour: 'download_command', tactic: 'Execution', shows: fetches },
  { technique: 'T1048.002', behaviour: 'exfiltration', tactic: 'Other', shows: copiesAway },
  {
    technique: 'T1048.003',
    behaviour: 'exfiltration',
    tactic: 'Other',
    shows: (s) => uploads(s) || sendsRaw(s),
  },
  {
    technique: 'T1059.006',
    behaviour: 'execution',
    tactic: 'Execution',
    shows: (s) => s.verb.startsWith('python') && runsInterpreter(s),
  },
  {
    technique: 'T1059',
    behaviour: 'execution',
    tactic: 'Execution',
    shows: (s) => !s.verb.startsWith('python') && runsInterpreter(s),
  },
  {
    technique: 'T1222.002',
    behaviour: 'execution',
    tactic: 'Execution',
    shows: (s) => makesExecutable(s) && !onlyAsks(s),
  },
  {
    technique: 'T1059.004',
    behaviour: 'execution',
    tactic: 'Execution',
    shows: (s) => (runsFile(s) && !onlyAsks(s)) || connectsShell(s),
  },
  {
    technique: 'T1222.002',
    behaviour: null,
    tactic: 'Execution',
    shows: (s) => makesExecutable(s) && onlyAsks(s),
  },
  { technique: 'T1059.004', behaviour: null, tactic: 'Execution', shows: (s) => runsFile(s) && onlyAsks(s) },
  {
    technique: 'T1021.004',
    behaviour: 'lateral_movement',
    tactic: 'Execution',
    shows: (s) => (s.verb === 'ssh' && s.operands.length > 0) || (s.verb === 'sshpass' && s.words.length > 1),
  },
  { technique: 'T1046', behaviour: 'lateral_movement', tactic: 'Discovery', shows: scans },
  {
    technique: 'T1070.004',
    behaviour: null,
    tactic: 'Defense Evasion',
    shows: (s) => runs('rm', 'unlink')(s) && s.operands.length > 0,
  },
]

/** What a statement is evidence of, the most specific first. Pure, linear in its length. */
export function rulesShownBy(statement: ShellStatement): readonly StatementRule[] {
  const examined: Examined = {
    ...statement,
    written: filesWritten(statement),
    removed: filesRemoved(statement),
    read: filesRead(statement),
  }
  const shown = (rules: readonly StatementRule[]) => rules.filter(({ shows }) => shows(examined))
  return isInquiry(statement) ? shown(INQUIRIES) : [...shown(ACTIONS), ...shown(INQUIRIES)]
}

/** Every technique that statements can show, by behaviour. */
export function techniquesByBehaviour(): ReadonlyMap<string, ReadonlySet<string>> {
  const techniques = new Map<string, Set<string>>()
  for (const { behaviour, technique } of [...ACTIONS, ...INQUIRIES]) {
    if (behaviour === null) continue
    techniques.set(behaviour, (techniques.get(behaviour) ?? new Set()).add(technique))
  }
  return techniques
}
