import type { ServerChannel } from 'ssh2'

/** Writes to a channel, and waits while the client does not read. Resolves also when the channel is gone. */
export function writeTo(channel: ServerChannel, content: string | Buffer): Promise<void> {
  if (content.length === 0 || !channel.writable) return Promise.resolve()
  if (channel.write(content)) return Promise.resolve()
  return new Promise((resolve) => {
    const settle = () => {
      channel.off('drain', settle)
      channel.off('close', settle)
      resolve()
    }
    channel.once('drain', settle)
    channel.once('close', settle)
  })
}

/** Ends a channel as a program that ended does. */
export function endWith(channel: ServerChannel, exitCode: number): void {
  if (!channel.writable) return
  channel.exit(exitCode)
  channel.end()
}
