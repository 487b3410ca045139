/** How each kind of sender is pointed at this server. */
export const SENSOR_SETUPS: ReadonlyArray<{
  name: string
  where: string
  text: (server: string) => string
}> = [
  {
    name: 'Cowrie',
    where: 'On the host of Cowrie, with Fluent Bit, which sends each line of cowrie.json.',
    text: (server) => fluentBit(server, '/home/cowrie/cowrie/var/log/cowrie/cowrie.json'),
  },
  {
    name: 'Dionaea',
    where: 'Enable the log_json ihandler, then send its file with Fluent Bit.',
    text: (server) => fluentBit(server, '/opt/dionaea/var/lib/dionaea/dionaea.json'),
  },
  {
    name: 'OpenCanary',
    where: '/etc/opencanaryd/opencanary.conf, under "logger"',
    text: (server) =>
      JSON.stringify(
        {
          class: 'PyLogger',
          kwargs: {
            handlers: {
              Webhook: {
                class: 'opencanary.logger.WebhookHandler',
                url: `${server}/log`,
                method: 'POST',
                data: '%(message)s',
                headers: { Authorization: 'Bearer YOUR_SENSOR_KEY', 'Content-Type': 'application/json' },
                status_code: 200,
              },
            },
          },
        },
        null,
        2,
      ),
  },
  {
    name: 'Splunk HEC',
    where: "For every client of Splunk's HTTP Event Collector; here Cowrie's own output, in cowrie.cfg",
    text: (server) =>
      [
        '[output_splunk]',
        'enabled = true',
        `url = ${server}/services/collector/event`,
        'token = YOUR_SENSOR_KEY',
        'sourcetype = cowrie',
      ].join('\n'),
  },
  {
    name: 'Fluent Bit',
    where: 'fluent-bit.conf, for any file of JSON lines',
    text: (server) => fluentBit(server, '/var/log/honeypot.json'),
  },
  {
    name: 'curl',
    where: 'In a terminal, to test a key',
    text: (server) =>
      [
        `curl ${server}/log \\`,
        "  -H 'Authorization: Bearer YOUR_SENSOR_KEY' -H 'Content-Type: application/json' \\",
        `  -d '{"source_ip":"203.0.113.7","sensor_id":"test-1","time":"'$(date -u +%FT%TZ)'","username":"root","password":"admin"}'`,
      ].join('\n'),
  },
]

function fluentBit(server: string, file: string): string {
  const { hostname, port, protocol } = new URL(server)
  const tls = protocol === 'https:'
  return `[INPUT]
    Name        tail
    Path        ${file}
    Read_from_Head On
    DB          /var/lib/fluent-bit/eviltwin.db
    Parser      json

[OUTPUT]
    Name        http
    Match       *
    Host        ${hostname}
    Port        ${port || (tls ? 443 : 80)}
    Tls         ${tls ? 'On' : 'Off'}
    URI         /log
    Format      json
    Header      Authorization Bearer YOUR_SENSOR_KEY
    Retry_Limit no_limits`
}
