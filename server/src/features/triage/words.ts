/** The words by which advice is judged. What is in no list is unknown, and unknown advice about something named is left out. */

const listed = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/** What a defender does about what an attacker used: none of it follows the attacker. */
export const RESPONSES = listed(`
  block deny drop ban reject blocklist blacklist denylist filter restrict sinkhole blackhole null-route geoblock isolate quarantine contain
  disconnect segment separate limit throttle rate-limit close
  search look hunt find check review inspect examine investigate audit verify confirm ensure validate correlate compare query scan sweep
  identify determine trace track watch monitor observe log record note document report alert warn notify inform escalate flag tag mark
  detect sandbox detonate analyse analyze assess evaluate disassemble submit rotate reset revoke change replace expire invalidate
  preserve collect capture archive retain keep image snapshot patch update upgrade harden treat assume consider enrich lookup attribute
  remediate reimage re-image reinstall rebuild wipe restore clean eradicate terminate kill prevent hash whois protect secure prioritize prioritise continue
  lock suspend decommission retire prohibit forbid disallow expect share tune require map link relate pivot reverse reverse-engineer back`)

/** Done to a response, or to what it relies on, these give the attacker something; done to files of the attacker they help. */
export const REMOVALS = listed('remove delete purge erase clear uninstall unload take disable')

/** Responses that give the attacker something once they act on a protection. */
export const RESTRAINTS = listed(`
  block deny drop ban reject restrict limit throttle close expire invalidate terminate kill wipe clean change prevent reset revoke replace
  eradicate disconnect suspend prohibit forbid tune reverse`)

/** Let an attacker through, or keep an attacker unseen. */
export const LETS_THROUGH = listed(`
  allow allowlist allow-list whitelist white-list safelist safe-list permit trust unblock un-block unban unblacklist exempt exclude ignore accept mute silence
  suppress snooze unquarantine bypass approve authorize authorise tolerate waive`)

/** Follow, fetch or run what the attacker left. */
const USES = listed(`
  visit browse click download execute paste fetch contact connect upload login log-in open install send run launch start retrieve get grab
  pull load curl wget use invoke source import deploy call ping follow enter navigate go join copy forward redirect route point obtain
  acquire apply compile activate enable trigger unpack unzip extract give pass let release dismiss lift stop avoid skip cease pause
  postpone refrain cancel undo revert trick type issue make try switch put add set feed read see write consult
  welcome exec spawn`)

/** Verbs of the attacker's side at the head of advice. */
export const GIFTS: ReadonlySet<string> = new Set([...LETS_THROUGH, ...USES])

/** Verbs that say little by themselves: what is done stands in one of the words after them. */
export const LIGHT = listed(`
  run perform conduct do open send create add set put place list include use configure implement deploy apply enable write make start
  contact feed import block-list upload forward force extract define extend enforce adjust generate build establish set-up raise file introduce push read see`)

/** What somebody adds to a list. */
export const ADDS = listed('add put place list include enter feed import block-list write push')

/** What light verbs do, as nouns. */
export const RESPONSE_NOUNS = listed(`
  scan search hunt check query sweep ticket case incident alert report indicator ioc rule review analysis investigation detection signature
  blocklist denylist blacklist watchlist block-list deny-list watch-list blocking monitoring sandbox abuse provider isp owner registrar cert
  hash sample sinkhole quarantine isolation lookup filter acl siem alerting timeline inventory yara sigma suricata snort ids ips intelligence platform misp opencti`)

/** Not the beginning of a request. */
export const OTHER_WORDS = listed(`
  a an the this that these those its their his her our your my any all every each both some no none other another such several many most
  few more further additional new old same similar affected compromised infected suspicious malicious unknown known outbound inbound
  i you he she it we they who which what there here one
  in on at by for from to into onto of off over under with within without about after before during since until while as if when whenever
  where whether once unless because through between among against across per via using given due like than upon toward towards along
  and or but nor so then also not never however
  is are was were be been being has have had do does did can could may might will would shall should must ought need needs
  yesterday today tonight tomorrow
  eg e.g ie i.e etc note address host ip ipv4 ipv6 domain url uri link file script binary payload sample malware hash network subnet
  server client source destination attacker actor adversary intruder bot botnet session connection traffic access communication event
  command user username account password credential key job log system machine device endpoint honeypot sensor evidence indicator
  process port service activity attempt request packet sha256 sha-256 md5 sha1 technique tunnel proxy login ssh telnet http https dns ftp
  someone somebody nobody nothing multiple two three four five six ten summary severity analysis overall`)

/** Stand before a verb without changing it. */
export const FILLERS = listed(`
  please also then next first second third finally lastly now immediately and or but so again too just simply always still kindly
  optionally additionally furthermore moreover afterwards instead likewise only urgently asap step action recommendation recommended
  suggested should must be to you we analysts analyst admins administrators teams team operators soc responders defenders it
  let's lets going ahead proceed`)

/** Take another verb. */
export const CHAINS = listed(
  'consider recommend suggest advise try begin start continue propose remember ensure confirm verify want plan',
)

/** Of these, what follows "from" or "with" is the origin or the tool. */
export const SUPPLIES = listed(`
  clean patch update upgrade restore reinstall rebuild replace reimage remediate harden protect secure collect eradicate wipe contain
  change reset rotate`)

/** Of these, what follows "with" is the tool. */
export const INSPECTIONS = listed('scan check verify analyse analyze inspect validate')

/** Of light verbs, those whose object is run or opened: "run the check x" runs x. */
export const RUNS = listed('run perform conduct do open use start deploy apply enable')

/** Verbs by which something goes somewhere. */
export const TRANSFERS = listed(`
  report send forward share submit export escalate upload archive save restore log change reset copy post rotate redirect route point
  document link move hand record notify`)

/** What people say `to` of when they speak of traffic. */
export const FLOWS = listed(`
  connection traffic request access communication packet query lookup callback download beacon connected call session login log-in
  outbound egress related belonging similar linked attributed tied resolving pointing connecting back route routed relating contact upload
  infect infection compromise attack transfer exfiltration flow attempt tunnel`)

/** Those who may have something of the attacker on them. */
export const HOLDERS = listed(`
  host system machine server device endpoint file communication contact connection traffic session log interaction
  communicate interact associate deal email process user`)

/** Keep an attacker out or in sight, so that to remove them is a gift. */
export const PROTECTIONS = listed(`
  blocklist blacklist denylist watchlist block-list deny-list watch-list block rule ban filter firewall acl alert alarm monitoring monitor quarantine isolation log history
  detection signature restriction list indicator feed siem evidence audit protection sandbox sensor edr antivirus incident ticket case investigation ids ips waf fail2ban selinux`)

export const PRONOUNS = listed('it them this that these those him its one everything anything')

export const NEGATIONS =
  listed(`not never no don't dont doesn't cannot can't won't shouldn't mustn't needn't without avoid stop cease unnecessary needless instead rather
  neither nor refrain skip nobody`)

/** Whether a list has a word in any of its regular forms: `blocks`, `blocked`, `blocking`, `denies`, `banned`. */
export function isIn(list: ReadonlySet<string>, word: string): boolean {
  if (list.has(word)) return true
  return rootsOf(word).some((root) => list.has(root))
}

function rootsOf(word: string): string[] {
  const [, stem = '', ending = ''] = /^(.{2,}?)(ies|ied|es|s|ed|d|ing)$/.exec(word) ?? []
  if (ending === '') return []
  const roots = [stem]
  if (ending === 'ies' || ending === 'ied') roots.push(`${stem}y`)
  if (ending === 'ed' || ending === 'ing' || ending === 'es') {
    roots.push(`${stem}e`)
    if (/(.)\1$/.test(stem)) roots.push(stem.slice(0, -1))
  }
  return roots
}
