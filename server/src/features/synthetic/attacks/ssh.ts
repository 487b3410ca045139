import ssh2 from 'ssh2'
import type { AddressGuard } from '../../../platform/outbound/address-guard.js'
import { type AttackClient, intrusionCommands } from './attack.js'
import { addressOf, type TargetAddress } from './guarded-target.js'

const HANDSHAKE_MS = 15_000

/** Logs in over SSH with the marker as the password and gives the commands of an intruder. */
export function sshAttack(guard: AddressGuard): AttackClient {
  return async ({ target, marker, deadline }) => {
    const where = await addressOf(target, guard, deadline)
    const connection = new ssh2.Client()
    const stop = () => connection.destroy()
    deadline.addEventListener('abort', stop)
    try {
      await logIn(connection, where, marker)
      for (const command of intrusionCommands(marker)) await run(connection, command)
    } finally {
      deadline.removeEventListener('abort', stop)
      connection.end()
    }
  }
}

function logIn(connection: ssh2.Client, { address, port }: TargetAddress, password: string): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.on('error', reject)
    connection.on('close', () => reject(new Error('the server closed the connection')))
    connection.once('ready', resolve)
    // Whose key the sensor shows is no question here: nothing that is said to it is a secret.
    connection.connect({ host: address, port, username: 'root', password, readyTimeout: HANDSHAKE_MS })
  })
}

/** Resolves when the command has ended, whatever it said. */
function run(connection: ssh2.Client, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.once('close', () => reject(new Error('the server closed the connection')))
    connection.exec(command, (error, channel) => {
      if (error) return reject(error)
      channel.on('close', () => resolve())
      channel.resume()
      channel.stderr.resume()
    })
  })
}
