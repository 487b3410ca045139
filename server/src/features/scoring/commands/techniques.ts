import { programOf } from './features.js'
import type { Tactic } from './tactic-model.js'

interface TechniqueRule {
  id: string
  tactic: Tactic
  /** Programs that are the technique by themselves. */
  programs?: readonly string[]
  /** Linear-time pattern over the statement. */
  pattern?: RegExp
}

/** What statements are evidence of, the more telling first. MITRE ATT&CK Enterprise. */
const RULES: readonly TechniqueRule[] = [
  { id: 'T1098.004', tactic: 'Persistence', pattern: /authorized_keys|\.ssh\b/ },
  {
    id: 'T1053.003',
    tactic: 'Persistence',
    programs: ['crontab'],
    pattern: /\/etc\/cron|\/var\/spool\/cron/,
  },
  {
    id: 'T1543.002',
    tactic: 'Persistence',
    pattern: /systemctl\s+(?:enable|daemon-reload)|\/etc\/systemd\//,
  },
  { id: 'T1546.004', tactic: 'Persistence', pattern: /\.bashrc|\.profile|\.bash_profile|\/etc\/profile/ },
  { id: 'T1136.001', tactic: 'Persistence', programs: ['useradd', 'adduser'] },
  {
    id: 'T1098',
    tactic: 'Persistence',
    programs: ['chpasswd', 'passwd', 'usermod'],
    pattern: /\/etc\/sudoers/,
  },
  { id: 'T1496', tactic: 'Impact', pattern: /xmrig|minerd|cpuminer|stratum\+tcp|kinsing|nanopool/i },
  {
    id: 'T1485',
    tactic: 'Impact',
    programs: ['mkfs', 'shred'],
    pattern: /\bdd\s+if=\/dev\/(?:zero|u?random)/,
  },
  { id: 'T1529', tactic: 'Impact', programs: ['reboot', 'shutdown', 'halt', 'poweroff'] },
  {
    id: 'T1489',
    tactic: 'Impact',
    programs: ['pkill', 'killall', 'kill'],
    pattern: /systemctl\s+(?:stop|disable)/,
  },
  { id: 'T1070.003', tactic: 'Defense Evasion', pattern: /history\s+-c|HISTFILE|HISTSIZE|\.bash_history/ },
  { id: 'T1070.002', tactic: 'Defense Evasion', pattern: /\/var\/log\/|\/var\/run\/utmp/ },
  { id: 'T1562.004', tactic: 'Defense Evasion', programs: ['iptables', 'ufw', 'nft'] },
  { id: 'T1562.001', tactic: 'Defense Evasion', programs: ['setenforce'] },
  { id: 'T1140', tactic: 'Defense Evasion', pattern: /base64\s+(?:-d|--decode)|xxd\s+-r/ },
  { id: 'T1222.002', tactic: 'Defense Evasion', programs: ['chattr', 'lockr'] },
  { id: 'T1070.004', tactic: 'Defense Evasion', programs: ['rm', 'unlink'] },
  { id: 'T1003.008', tactic: 'Discovery', pattern: /\/etc\/shadow/ },
  { id: 'T1552.004', tactic: 'Discovery', pattern: /id_rsa|id_ed25519/ },
  { id: 'T1087', tactic: 'Discovery', pattern: /\/etc\/passwd/ },
  {
    id: 'T1105',
    tactic: 'Execution',
    programs: ['wget', 'curl', 'tftp', 'ftpget', 'scp', 'ftp', 'rsync'],
    pattern: /\/dev\/tcp\//,
  },
  { id: 'T1059.006', tactic: 'Execution', programs: ['python', 'python2', 'python3', 'perl'] },
  { id: 'T1222.002', tactic: 'Execution', programs: ['chmod'] },
  {
    id: 'T1059.004',
    tactic: 'Execution',
    programs: ['sh', 'bash', 'ash', 'busybox', 'nohup', 'eval', 'source'],
    pattern: /^\.{1,2}\/|^\/tmp\//,
  },
  { id: 'T1021.004', tactic: 'Execution', programs: ['ssh', 'sshpass'] },
  {
    id: 'T1082',
    tactic: 'Discovery',
    programs: [
      'uname',
      'lscpu',
      'nproc',
      'free',
      'df',
      'dmidecode',
      'lspci',
      'hostname',
      'uptime',
      'nvidia-smi',
    ],
    pattern: /\/proc\/(?:cpuinfo|meminfo|version|mounts|uptime)/,
  },
  { id: 'T1033', tactic: 'Discovery', programs: ['whoami', 'id', 'w', 'who', 'last'] },
  { id: 'T1057', tactic: 'Discovery', programs: ['ps', 'top', 'pgrep', 'htop'] },
  { id: 'T1049', tactic: 'Discovery', programs: ['netstat', 'ss'] },
  { id: 'T1016', tactic: 'Discovery', programs: ['ifconfig', 'ip', 'route', 'arp'] },
  { id: 'T1046', tactic: 'Discovery', programs: ['nmap', 'masscan', 'zmap'] },
  { id: 'T1124', tactic: 'Discovery', programs: ['date'] },
  {
    id: 'T1083',
    tactic: 'Discovery',
    programs: ['ls', 'find', 'which', 'locate', 'grep', 'cat', 'head', 'wc', 'awk', 'stat', 'pwd'],
  },
]

/** Techniques that a statement is evidence of, the most telling first. Pure. */
export function techniquesOfStatement(statement: string): ReadonlyArray<{ id: string; tactic: Tactic }> {
  const bounded = statement.slice(0, 2_000)
  const program = programOf(bounded)
  return RULES.filter(
    ({ programs, pattern }) => programs?.includes(program) === true || pattern?.test(bounded) === true,
  )
}
