/** A sender, and how it is pointed at a server. */
export interface SensorSetup {
  /** For commands. */
  id: string
  /** For people. */
  name: string
  /** Where the text goes. */
  where: string
  /** @param server its URL without a final slash. @param key a sensor key. */
  text: (server: string, key: string) => string
}

/** Stands in a configuration where the key is unknown. */
export const KEY_PLACEHOLDER = 'YOUR_SENSOR_KEY'

/** Sensors that write a file of lines, which Fluent Bit sends. */
const FILES: ReadonlyArray<readonly [id: string, name: string, setting: string, file: string]> = [
  ['heralding', 'Heralding', 'activity_logging: file: enabled: true', '/var/log/heralding/log_session.json'],
  ['beelzebub', 'Beelzebub', 'core: logging: logsPath in beelzebub.yaml', '/var/log/beelzebub/beelzebub.log'],
  ['conpot', 'Conpot', '[json] enabled = True in conpot.cfg', '/var/log/conpot/conpot.json'],
  ['honeytrap', 'Honeytrap', 'a channel of the type file in config.toml', '/var/log/honeytrap/honeytrap.log'],
  ['endlessh', 'Endlessh', '-v, and its standard output in a file', '/var/log/endlessh/endlessh.log'],
  ['adbhoney', 'ADBHoney', '[output_json] log_file in adbhoney.cfg', '/var/log/adbhoney/adbhoney.json'],
  [
    'elasticpot',
    'Elasticpot',
    '[output_jsonlog] logfile in honeypot.cfg',
    '/var/log/elasticpot/elasticpot.json',
  ],
  [
    'tanner',
    'Snare and Tanner',
    'LOCALLOG: enabled: True in the configuration of Tanner',
    '/var/log/tanner/tanner_report.json',
  ],
  ['tpot', 'T-Pot', 'nothing: all of its honeypots', '/data/*/log/*.json'],
  ['suricata', 'Suricata', 'eve-log: enabled: yes in suricata.yaml', '/var/log/suricata/eve.json'],
  ['zeek', 'Zeek', '@load policy/tuning/json-logs', '/opt/zeek/logs/current/*.log'],
]

/** How each kind of sender is pointed at a server. */
export const SENSOR_SETUPS: readonly SensorSetup[] = [
  {
    id: 'cowrie',
    name: 'Cowrie',
    where: 'On the host of Cowrie, with Fluent Bit, which sends each line of cowrie.json.',
    text: (server, key) => fluentBit(server, key, '/home/cowrie/cowrie/var/log/cowrie/cowrie.json'),
  },
  {
    id: 'dionaea',
    name: 'Dionaea',
    where: 'Enable the log_json ihandler, then send its file with Fluent Bit.',
    text: (server, key) => fluentBit(server, key, '/opt/dionaea/var/lib/dionaea/dionaea.json'),
  },
  {
    id: 'opencanary',
    name: 'OpenCanary',
    where: '/etc/opencanaryd/opencanary.conf, under "logger"',
    text: (server, key) =>
      JSON.stringify(
        {
          class: 'PyLogger',
          kwargs: {
            handlers: {
              Webhook: {
                class: 'opencanary.logger.WebhookHandler',
                url: `${server}/log`,
                method: 'POST',
                data: { message: '%(message)s' },
                headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
                status_code: 200,
              },
            },
          },
        },
        null,
        2,
      ),
  },
  ...FILES.map(([id, name, setting, file]) => ({
    id,
    name,
    where: `Setting: ${setting}. Fluent Bit sends the file under Path; change it to yours.`,
    text: (server: string, key: string) => fluentBit(server, key, file),
  })),
  {
    id: 'tail',
    name: 'eviltwin tail',
    where: 'On the host of any sensor that writes a log of JSON lines; here that of Cowrie',
    text: (server, key) =>
      [
        `(umask 077; echo '${key}' > eviltwin.key)`,
        `npx --no -- eviltwin tail --url ${server} --key-file eviltwin.key \\`,
        '  /home/cowrie/cowrie/var/log/cowrie/cowrie.json',
      ].join('\n'),
  },
  {
    id: 'splunk-hec',
    name: 'Splunk HEC',
    where: "For every client of Splunk's HTTP Event Collector; here Cowrie's own output, in cowrie.cfg",
    text: (server, key) =>
      [
        '[output_splunk]',
        'enabled = true',
        `url = ${server}/services/collector/event`,
        `token = ${key}`,
        'sourcetype = cowrie',
      ].join('\n'),
  },
  {
    id: 'fluent-bit',
    name: 'Fluent Bit',
    where: 'fluent-bit.conf, for any file of JSON lines',
    text: (server, key) => fluentBit(server, key, '/var/log/honeypot.json'),
  },
  {
    id: 'curl',
    name: 'curl',
    where: 'In a terminal, to test a key',
    text: (server, key) =>
      [
        `curl ${server}/log \\`,
        `  -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' \\`,
        `  -d '{"source_ip":"203.0.113.7","time":"'$(date -u +%FT%TZ)'","username":"root","password":"admin"}'`,
      ].join('\n'),
  },
]

/** Without a parser: a line is sent as it is, so that nothing is added to its record that would make it another one when it is read again. */
function fluentBit(server: string, key: string, file: string): string {
  const [, protocol = '', hostname = '', port = ''] = /^(https?):\/\/(.+?)(?::(\d+))?$/.exec(server) ?? []
  const tls = protocol === 'https'
  return `[INPUT]
    Name        tail
    Path        ${file}
    Read_from_Head On
    DB          /var/lib/fluent-bit/eviltwin.db

[OUTPUT]
    Name        http
    Match       *
    Host        ${hostname}
    Port        ${port || (tls ? 443 : 80)}
    Tls         ${tls ? 'On' : 'Off'}
    URI         /log
    Format      json
    Header      Authorization Bearer ${key}
    Retry_Limit no_limits`
}
