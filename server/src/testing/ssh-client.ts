import ssh2, { type Client } from 'ssh2'

/** After so many attempts at the latest, the SSH decoy lets an address in with any password. */
const MAX_ATTEMPTS = 40

/** A client of an SSH decoy on this machine that is logged in. */
export interface SshClient {
  /** Runs a command, as `ssh HOST COMMAND` does. */
  run(command: string): Promise<{ output: string; code: number }>
  close(): Promise<void>
}

/** Guesses passwords of root until the decoy gives way. @throws {Error} where it does not. */
export async function guessSshPassword(port: number): Promise<SshClient> {
  for (let n = 0; n < MAX_ATTEMPTS; n += 1) {
    const client = await attemptSshLogin(port, `guess-${n}`)
    if (client) return { run: (command) => run(client, command), close: () => close(client) }
  }
  throw new Error(`no password of ${MAX_ATTEMPTS} was accepted`)
}

/** Tries a password of root. @returns null where it is refused. */
export function attemptSshLogin(port: number, password: string): Promise<Client | null> {
  const client = new ssh2.Client()
  return new Promise((resolve) => {
    client.once('ready', () => resolve(client))
    client.on('error', () => resolve(null))
    client.connect({ host: '127.0.0.1', port, username: 'root', password, readyTimeout: 60_000 })
  })
}

function run(client: Client, command: string): Promise<{ output: string; code: number }> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error)
      let output = ''
      const add = (bytes: Buffer) => {
        output += bytes
      }
      channel.on('data', add).stderr.on('data', add)
      channel.once('close', (code: number) => resolve({ output, code }))
    })
  })
}

function close(client: Client): Promise<void> {
  return new Promise((resolve) => {
    client.once('close', () => resolve())
    client.end()
  })
}
