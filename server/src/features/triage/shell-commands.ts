/** Programs whose names are no English words, so that what follows them may be judged. */
const PROGRAMS =
  'curl|wget|tftp|ftpget|scp|sftp|rsync|nc|ncat|netcat|socat|bash|sh|zsh|busybox|python[23]?|perl|pwsh|powershell|certutil|bitsadmin|mshta|rundll32|regsvr32|rm|rmdir|mv|cp|dd|umount|chmod|chown|chattr|unzip|base64|xxd|iptables|ip6tables|nft|firewall-cmd|crontab|nohup|killall|pkill|sudo|useradd|usermod|userdel|adduser|deluser|chpasswd|echo|cat|tee|awk|grep|eval|sysctl|modprobe|insmod|npx|openssl'
/** Programs that are words as well; they count where a command is expected. */
const WORDS =
  'find|service|kill|mount|touch|source|export|history|exec|passwd|su|tar|sed|apt|yum|git|docker|systemctl|ufw|setenforce|reboot|halt|poweroff|shutdown|init|ssh'
const OPERAND = String.raw`(?:[~.]{0,2}\/[^\s,;)]*|\*|["'$][^\s,;)]+|[0-7]{3,4}\b|[ugoa]{0,3}[+-][rwxst]+\b|\w+=[^\s,;)]+|[a-z]+:\/\/[^\s,;)]+|(?:[\w-]+\.)+[a-z]{2,}[^\s,;)]*|(?:\d{1,3}\.){3}\d+[^\s,;)]*)`

/** Each finds a part of a text that is, or contains, a command. */
const COMMANDS: readonly RegExp[] = [
  // A program with an option.
  new RegExp(String.raw`(?<![^\s(])[\w./-]*[\w/](?:\s+--?[a-z][\w-]*)+(?:\s+${OPERAND})*`, 'gi'),
  /\bkill(?:all)?\s+-\d+/g,
  new RegExp(String.raw`(?<![\w./-])(?:${PROGRAMS})(?:\s+${OPERAND})+`, 'g'),
  // Programs that are told what to do by a second word.
  /\b(?:pip3?|npm|yarn|apt|apt-get|yum|dnf|apk|gem|brew|choco|snap)\s+(?:install|add|remove|purge|exec|upgrade)\s+\S+/gi,
  /\b(?:docker|kubectl|podman)\s+(?:run|exec|pull|apply|delete|rm)\s+\S+/gi,
  /\bgit\s+(?:clone|pull|reset)\s+\S+/gi,
  /\bsystemctl\s+(?:stop|start|disable|enable|restart|mask)\b(?:\s+\S+)?/gi,
  /\bservice\s+(?!should|must|to|will|can|may|did|that|and)[a-z][\w.@-]*\s+(?:stop|restart)\b/g,
  /\b(?:ufw\s+(?:disable|enable|allow|reset|delete)|setenforce\s+\S+|sudo\s+(?:su|reboot|halt|shutdown|passwd)|shutdown\s+now)\b/gi,
  /\b(?:net\s+(?:user|stop|localgroup)\s+\S+|reg\s+(?:add|delete)\s+\S+|sc\s+(?:stop|delete|create)\s+\S+|cmd(?:\.exe)?\s+\/[ck]\b|(?:del|rd|format)\s+\/[a-z]\b)/gi,
  /\b(?:Invoke|Start|Stop|Set|Remove|New|Get|Add|Disable|Enable|Clear|Import|Install)-[A-Z][a-z]\w{2,}(?:\s+\S+)?/g,
  // What a shell does between commands.
  /\S+\s*\|{1,2}\s*[a-z./]\S*/g,
  /\S+\s*&&\s*\S+/g,
  /\S+\s*\d?>{1,2}\s*[/~.&$]\S*/g,
  /\$\([^)]*\)?|\$\{[^}]*\}?/g,
  /\w*\(\)\s*\{/g,
  new RegExp(String.raw`;\s*(?:${PROGRAMS}|reboot|halt|poweroff|shutdown|init)(?:\s+[^\s,;)]+|$)`, 'g'),
  // What follows a prompt.
  /(?:^\s*|[\w-]+@[\w-]+:\S*)[$#]\s+[a-z./]\S*(?:\s+\S+)?/g,
]
/** At the beginning of a sentence, or after "run", in the lower case of a command. */
const BARE = new RegExp(
  String.raw`(?:^\s*|\b(?:run|execute|type|enter|issue|paste)\s+(?:the command\s+)?)((?:${PROGRAMS}|${WORDS})(?:\s+\S+|\s*$))`,
  'gi',
)
const CODE = /`+([^`]+)`+/g
const CODE_IS_COMMAND = new RegExp(String.raw`^(?:[.~]{0,2}\/|(?:${PROGRAMS}|${WORDS})(?:\s+\S|$))`)

/**
 * The parts of a text that are shell commands, in code or not; a whole command may be found by several of its parts. A program that is only
 * named ("used wget and curl") is no command. Each pattern is linear in the length of the text.
 */
export function commandsIn(text: string): string[] {
  const code = [...text.matchAll(CODE)].flatMap(([, content = '']) =>
    CODE_IS_COMMAND.test(content.trim()) && /\s|^(?:reboot|halt|poweroff|shutdown)$/.test(content.trim())
      ? content.trim()
      : [],
  )
  const plain = text.replaceAll('`', ' ')
  const bare = [...plain.matchAll(BARE)].flatMap(([, command = '']) =>
    /^[a-z]/.test(command) ? command.trim() : [],
  )
  const others = COMMANDS.flatMap((pattern) =>
    [...plain.matchAll(pattern)].map(([command]) => command.trim()),
  )
  return [...code, ...bare, ...others]
}
