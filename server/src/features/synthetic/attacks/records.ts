import type { Attack, AttackClient } from './attack.js'
import { intrusionCommands } from './attack.js'

/** Where this server takes records, and with which key. */
export interface RecordWay {
  /** Of this server, without a final slash. */
  url: string
  key: string
}

/** The records of an intrusion as a sensor reports it: in EvilTwin's own field names (see the generic adapter). */
export function intrusionRecords({ target, marker, now }: Pick<Attack, 'target' | 'marker' | 'now'>) {
  const common = {
    source_ip: target.source_ip,
    sensor_id: target.sensor_id,
    session_id: marker,
    protocol: 'ssh',
    occurred_at: now,
  }
  return [
    { ...common, event_type: 'login_attempt', outcome: 'success', username: 'root', password: marker },
    ...intrusionCommands(marker).map((command) => ({ ...common, event_type: 'command', command })),
  ]
}

/** Sends the records of an intrusion by POST /log, in two requests as a shipper does: the first one begins the session. */
export function logAttack({ url, key }: RecordWay): AttackClient {
  return async (attack) => {
    const records = intrusionRecords(attack)
    for (const part of [records.slice(0, 1), records.slice(1)])
      await post(`${url}/log`, {
        authorization: `Bearer ${key}`,
        type: 'application/x-ndjson',
        body: part.map((record) => JSON.stringify(record)).join('\n'),
        deadline: attack.deadline,
      })
  }
}

/** The same by the HTTP Event Collector. https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector */
export function hecAttack({ url, key }: RecordWay): AttackClient {
  return (attack) =>
    post(`${url}/services/collector/event`, {
      authorization: `Splunk ${key}`,
      type: 'application/json',
      body: intrusionRecords(attack)
        .map((event) => JSON.stringify({ event }))
        .join('\n'),
      deadline: attack.deadline,
    })
}

interface Posted {
  authorization: string
  type: string
  body: string
  deadline: AbortSignal
}

const ANSWER_CHARACTERS = 200

async function post(url: string, { authorization, type, body, deadline }: Posted): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization, 'content-type': type },
    body,
    redirect: 'error',
    signal: deadline,
  })
  const text = await answer.text()
  if (!answer.ok)
    throw new Error(`${new URL(url).pathname} answered ${answer.status}: ${text.slice(0, ANSWER_CHARACTERS)}`)
}
