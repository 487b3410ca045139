import { once } from 'node:events'
import { connect } from 'node:net'
import { baitSecretsOf } from '../../server/src/decoys/bait/bait-secrets.js'
import { accommodatingIdentity } from '../../server/src/testing/decoy-logins.js'
import type { Random } from './decoy-noise.js'
import { sendBehindLogin } from './ssh-noise.js'

/** What is known of a protocol by whoever attacks its decoy. */
interface DecoyProtocol {
  /** What a client says, in parts. Bytes as latin1. */
  parts: readonly string[]
  /** What a good client sends, each after what the decoy said last matches. */
  dialogue: ReadonlyArray<readonly [wanted: RegExp, line: string]>
  /** Breaks the protocol where bytes alone do not come to, in every other connection. @returns bytes that were sent there. */
  breakFurther?: (port: number, localAddress: string, random: Random) => Promise<number>
}

/** Whose decoys are attacked. */
export const { seed: SEED, weakPassword, identity } = accommodatingIdentity()
const { databasePassword } = baitSecretsOf(identity)

const LOGIN = `root\r\nnot this one\r\nroot\r\n${weakPassword}\r\n`

export const DECOY_PROTOCOLS: Readonly<Record<string, DecoyProtocol>> = {
  ssh: {
    parts: [
      'SSH-2.0-OpenSSH_9.2p1\r\n',
      'SSH-1.99-x\r\n',
      '\x00\x00\x00\x0c\x0a\x14aaaaaaaaaa',
      '\x00\x00\x04\xfc\x06\x14',
      '\x00\x00\x00\x15curve25519-sha256,none',
      '\x00\x00\x00\x09zlib,none\x00\x00\x00\x00',
      '\x7f\xff\xff\xff',
    ],
    dialogue: [[/^SSH-2\.0-/, 'SSH-2.0-good\r\n']],
    // The decoy accepts it from an address after one attempt that failed, and then from all.
    breakFurther: (port, localAddress, random) =>
      sendBehindLogin(port, localAddress, { username: 'root', password: weakPassword }, random),
  },
  telnet: {
    parts: [
      LOGIN,
      LOGIN,
      'cat /etc/passwd | grep root > /tmp/x; ls -la /tmp\r',
      'while :; do echo $((1/0)); done\r',
      'sh <<E\r',
      'passwd\r',
      '\x1b[A\x1b[B\x1b[D\x7f\x15\x03\x04',
      '\xff\xfb\x18\xff\xfd\x01\xff\xf6\xff\xf4',
      '\xff\xfa\x1f\x00\x78\x00\x28\xff\xf0',
      '\xff\xfa\x18\x00',
    ],
    dialogue: [
      [/login: $/, 'good\r\n'],
      [/Password: $/, 'client\r\n'],
      [/Login incorrect[\s\S]*login: $/, ''],
    ],
  },
  http: {
    parts: [
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      'GET /.env HTTP/1.0\r\n\r\n',
      'POST /wp-login.php HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 17\r\n\r\nlog=admin&pwd=abc',
      'PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n',
      'POST /u HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 999999999\r\n\r\n--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n',
      'CONNECT example.com:443 HTTP/1.1\r\n\r\n',
      'Authorization: Basic YTpi\r\nCookie: a=b\r\n',
      '\r\n\r\n',
    ],
    dialogue: [
      [/^$/, 'GET / HTTP/1.0\r\n\r\n'],
      [/^HTTP\/1\.1 \d{3} /, ''],
    ],
  },
  redis: {
    parts: [
      '*1\r\n$4\r\nPING\r\n',
      `*2\r\n$4\r\nAUTH\r\n$${databasePassword.length}\r\n${databasePassword}\r\n`,
      '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n',
      '*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$3\r\ndir\r\n$4\r\n/tmp\r\n',
      '*1048576\r\n',
      '$536870912\r\n',
      '*-1\r\n*0\r\n',
      'INFO\r\nKEYS *\r\nEVAL "x" 0\r\n',
    ],
    dialogue: [
      [/^$/, 'PING\r\n'],
      [/^(?:\+PONG|-NOAUTH)/, ''],
    ],
  },
  mysql: {
    parts: [
      `\x54\x00\x00\x01\x85\xa6\xff\x01\x00\x00\x00\x01\x21${'\x00'.repeat(23)}root\x00\x14${'a'.repeat(20)}mysql_native_password\x00`,
      `${databasePassword}\x00`,
      '\x09\x00\x00\x00\x03select 1',
      '\x0f\x00\x00\x00\x03show databases;',
      '\x01\x00\x00\x00\x01',
      '\xff\xff\xff\x00\x03',
      '\x05\x00\x00\x01\x03test',
    ],
    dialogue: [[/^.{4}\n/s, '']],
  },
  ftp: {
    parts: [
      'USER anonymous\r\nPASS a@b\r\n',
      'PASV\r\n',
      'EPSV\r\n',
      'PORT 127,0,0,1,0,9\r\n',
      'STOR x\r\n',
      'RETR ../../etc/passwd\r\n',
      'LIST\r\n',
      'CWD /\r\nPWD\r\nTYPE I\r\n',
      'SITE EXEC id\r\n',
    ],
    dialogue: [
      [/^220 /, 'USER anonymous\r\n'],
      [/\n331 .*\r\n$/, 'PASS a@b\r\n'],
      [/\n230[ -]/, ''],
    ],
  },
  smtp: {
    parts: [
      'EHLO x\r\n',
      'HELO [127.0.0.1]\r\n',
      'EHLO x\r\nMAIL FROM:<a@b> SIZE=99999999999 BODY=8BITMIME\r\nRCPT TO:<c@d> NOTIFY=NEVER\r\nDATA\r\n',
      'MAIL FROM:<>\r\nRCPT TO:<c@d>\r\nRCPT TO:<@a,@b:c@d>\r\nRCPT TO:<root>\r\n',
      'MAIL FROM:\r\nRCPT TO: c@d\r\nRCPT\r\nMAIL <a@b\r\n',
      'DATA\r\n',
      'Subject: x\r\n\r\ntext\r\n..\r\n.a\r\n. \r\n.\r\n',
      '.\r\n',
      '\n.\n\r.\r\n.\rMAIL FROM:<smuggled@b>\r\n',
      `${'a'.repeat(13_000)}\r\n`,
      `RCPT TO:<${'b'.repeat(12_000)}@d>\r\n`,
      'AUTH PLAIN AGEAYg==\r\n',
      'AUTH PLAIN\r\nAGEAYg==\r\n',
      'AUTH PLAIN =\r\nAUTH PLAIN !!!!\r\nAUTH\r\nAUTH NTLM\r\nAUTH XOAUTH2 YQ==\r\n',
      'AUTH LOGIN\r\nYWJj\r\nYWJj\r\n',
      'AUTH LOGIN YWJj\r\n*\r\n',
      `AUTH LOGIN ${'QUFB'.repeat(3_000)}\r\nYWJj\r\n`,
      'AUTH CRAM-MD5\r\n',
      'YSAwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==\r\n',
      'BDAT 5 LAST\r\nhelloBDAT 999999999\r\n',
      'STARTTLS\r\n\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      'RSET\r\nVRFY root\r\nEXPN all\r\nHELP\r\nNOOP x\r\nETRN d\r\nTURN\r\nSEND FROM:<a>\r\n',
    ],
    dialogue: [
      [/^220 /, 'EHLO good\r\n'],
      [/\n250 .*\r\n$/, ''],
    ],
  },
}

/** Talks as a good client. @throws {Error} where the decoy does not answer as it should, with what it said. */
export async function assertServed(protocol: string, port: number, localAddress: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  let said = ''
  const remaining = [...(DECOY_PROTOCOLS[protocol]?.dialogue ?? [])]
  const proceed = (): void => {
    for (let step = remaining[0]; step?.[0].test(said); step = remaining[0]) {
      remaining.shift()
      if (step[1] !== '') socket.write(step[1])
      if (remaining.length === 0) socket.end()
      if (step[0].source === '^$') return
    }
  }
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    said += bytes.toString('latin1')
    proceed()
  })
  proceed()
  await once(socket, 'close')
  if (remaining.length > 0) throw new Error(`the ${protocol} decoy does not answer: ${JSON.stringify(said)}`)
}
