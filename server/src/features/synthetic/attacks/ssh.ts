import ssh2 from 'ssh2'
import { intrusionCommands, MAX_LOGINS, type SensorAddress, type SensorAttack } from './attack.js'

const HANDSHAKE_MS = 15_000

/** Logs in over SSH with the marker as the password, and gives the commands of an intruder. */
export const sshAttack: SensorAttack = async (where, { marker, deadline }) => {
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

function logIn(
  connection: ssh2.Client,
  { address, port, from, password }: SensorAddress,
  marker: string,
): Promise<void> {
  let tried = 0
  return new Promise((resolve, reject) => {
    connection.on('error', reject)
    connection.on('close', () => reject(new Error('the server closed the connection')))
    connection.once('ready', resolve)
    // Whose key the sensor shows is no question here: nothing that is said to it is a secret.
    connection.connect({
      host: address,
      port,
      username: 'root',
      readyTimeout: HANDSHAKE_MS,
      ...(from !== undefined && { localAddress: from }),
      // The marker first; what is known to be accepted may be so after some attempts alone.
      authHandler: (_methods, _partial, next) => {
        tried += 1
        const attempt = tried === 1 ? marker : password
        if (attempt === undefined || tried > MAX_LOGINS) return next(false as never)
        return next({ type: 'password', username: 'root', password: attempt })
      },
    })
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
