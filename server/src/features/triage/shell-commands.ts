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
  // What a shell does between commands. What begins in the middle of a word is looked at once, from the word's beginning.
  /(?<!\S)\S+\s*\|{1,2}\s*[a-z./]\S*/g,
  /(?<!\S)\S+\s*&&\s*\S+/g,
  /(?<!\S)\S+\s*\d?>{1,2}\s*[/~.&$]\S*/g,
  /\$\([^)]*\)?|\$\{[^}]*\}?/g,
  /(?<!\w)\w*\(\)\s*\{/g,
  new RegExp(String.raw`;\s*(?:${PROGRAMS}|reboot|halt|poweroff|shutdown|init)(?:\s+[^\s,;)]+|$)`, 'g'),
  // What follows a prompt.
  /(?:^\s*|(?<![\w-])[\w-]+@[\w-]+:\S{0,100})[$#]\s+[a-z./]\S*(?:\s+\S+)?/g,
]
/** Words that tell a program what to do, which no sentence has between two nouns. */
const SUBCOMMANDS =
  'install|i|add|remove|rm|uninstall|purge|delete|destroy|drain|cordon|apply|exec|run|pull|push|upgrade|start|stop|disable|enable|restart|mask|create|prune|rollback|scale|kill|login'
/** No programs: what follows them may be a word or a name. */
const NO_PROGRAM =
  'to|and|or|then|not|also|please|now|must|should|can|may|will|would|could|might|did|do|does|you|we|they|it|i|the|a|an|that|which|who|for|of|in|on|from|with|first|next|never|always|immediately|run|execute|type|enter|issue|paste|invoke|use|try'
/** Where people write a command: where a sentence begins, and after "run" and its like. */
const EXPECTED = String.raw`(?:^[\s>#*_"'(-]*(?:\d+[.)]\s+)?|[.:;!?]\s+["'(]?|\b(?:run|execute|type|enter|issue|paste|invoke|use|using|via|try)\s+(?:the\s+command\s+)?["'(]?)`
/** What looks like a command by its structure, whatever its program is called. */
const STRUCTURES: readonly RegExp[] = [
  // A program, what it is to do, and to what.
  new RegExp(
    String.raw`${EXPECTED}(?!(?:${NO_PROGRAM})\s)(?<command>[a-z][\w.-]*\s+(?:${SUBCOMMANDS})\s+(?!(?:the|a|an|and|or|it|them|of|on|in|to|from|for|with|by|was|were|is|are)\b)[\w./@:-]+)`,
    'gi',
  ),
  // The same with its subject in between, in the lower case of a command: "gcloud compute instances delete x".
  new RegExp(
    String.raw`^(?<command>(?!(?:${NO_PROGRAM})\s)[a-z][\w.-]*(?:\s+(?!(?:${NO_PROGRAM})\s)[a-z][\w-]*){1,3}\s+(?:${SUBCOMMANDS})\s+[\w./@:-]+)`,
    'g',
  ),
  // Words in quotes that somebody is to run.
  /\b(?:run|execute|type|enter|issue|paste|invoke|use)\s+(?:the\s+)?(?:commands?:?\s+)?["“'](?<command>[^"”'\s]+\s[^"”']+)["”']/gi,
  /\b(?<command>(?:del|erase|rd|rmdir|format|deltree|icacls|takeown|attrib)\s+[a-z]:\S*)/gi,
  // A name that is no word, and a path.
  /(?<![^\s("'])(?<command>[a-z](?=\w*[.\d])[\w.-]*\s+\/[\w.-]+\/[\w./-]+)/gi,
  // A setting.
  /(?<![^\s("'])(?<command>[a-z_]\w*=(?!\S*:\/\/)[^\s=]\S*)/gi,
  /(?<![^\s("'])(?<command>[A-Z][A-Z0-9]*_[A-Z0-9_]+(?:\s*[:=]\s*|\s+to\s+)[^\s]+)/g,
  // SQL.
  /\b(?<command>(?:drop|truncate|alter)\s+(?:table|database|schema|index|view|role|user)\s+[\w."]+|delete\s+from\s+(?!the\b|all\b|any\b|a\b|your\b|this\b|it\b|disk|hosts?\b|systems?\b)\w+|insert\s+into\s+\w+\s*(?:\(|values|select)|update\s+\w+\s+set\s+\w+\s*=)/gi,
  /\b(?<command>(?:GRANT|REVOKE|CREATE)\s+[A-Z]{3,}\b.*)/g,
]
/** At the beginning of a sentence, or after "run", in the lower case of a command. */
const BARE = new RegExp(
  String.raw`(?:^\s*|\b(?:run|execute|type|enter|issue|paste)\s+(?:the command\s+)?)((?:${PROGRAMS}|${WORDS})(?:\s+(?!(?:was|is|were|are|and|or|has|had|then|did)\b)\S+|\s*$))`,
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
  const structured = STRUCTURES.flatMap((pattern) =>
    [...plain.matchAll(pattern)].map(({ groups }) => groups?.['command'] ?? ''),
  )
  return [...code, ...bare, ...others, ...structured]
}
