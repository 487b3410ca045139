import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AttackRun, HostileCase } from './hostile-case.js'
import type { Stage } from './stage.js'
import { UNANSWERED } from './tally.js'

const ANNOUNCED_BYTES = 16 * 1024 * 1024
const TRICKLE_MS = 500
const LENGTHS = ['transfer-encoding: chunked', `content-length: ${ANNOUNCED_BYTES}`]

/** Connections that announce a body, of which nothing or a byte at a time arrives. */
export const idleBodies: HostileCase = {
  async prepare(stage) {
    return {
      async run(run) {
        const half = Date.now() + run.milliseconds / 2
        await hold(stage, 8, run, () => Date.now() >= half)
        await hold(stage, 64, run, run.isOver)
      },
    }
  },
}

async function hold(
  stage: Stage,
  connections: number,
  { tally }: AttackRun,
  isOver: () => boolean,
): Promise<void> {
  const one = async (_: unknown, n: number) => {
    do tally.add(await announce(stage, n, isOver))
    while (!isOver())
  }
  await Promise.all(Array.from({ length: connections }, one))
}

/** @returns the status with which the server ended it, `held` when it was open until the attack was over. */
async function announce(stage: Stage, n: number, isOver: () => boolean): Promise<string> {
  const { hostname, port } = new URL(stage.url)
  const socket = connect(Number(port), hostname)
  let answer = ''
  let isClosed = false
  socket.on('data', (part) => {
    answer += part
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
  })
  const head = [
    'POST /log HTTP/1.1',
    'host: localhost',
    `authorization: Bearer ${stage.attackerKey}`,
    'content-type: application/json',
    LENGTHS[n % LENGTHS.length],
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  const trickles = n % 4 >= 2
  while (!isClosed && !isOver()) {
    if (trickles && answer === '') socket.write(n % 2 === 0 ? '1\r\n \r\n' : ' ')
    await sleep(TRICKLE_MS)
  }
  const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]
  if (status !== undefined) {
    if (!isClosed) socket.destroy()
    return status
  }
  if (isClosed) return UNANSWERED
  socket.destroy()
  await once(socket, 'close')
  return 'held'
}
