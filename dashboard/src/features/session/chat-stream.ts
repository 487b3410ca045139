import { problemOf } from '../../api/errors'
import { authorizedFetch } from '../../api/session'

/** One turn of the chat, as the API takes it. */
export interface ChatMessage {
  role: 'user' | 'assistant'
  content: string
}

/** Lines of the answer, from server-sent events. @throws {Error} */
export async function* streamAnswer(
  session_id: string,
  messages: readonly ChatMessage[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  const response = await authorizedFetch(
    new Request('/ai/chat', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ session_id, messages }),
      signal,
    }),
  )
  if (!response.ok || !response.body) throw await problemOf(response)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let buffer = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    buffer += value
    const events = buffer.split('\n\n')
    buffer = events.pop() ?? ''
    for (const event of events) {
      const [name = '', data = ''] = event.split('\n').map((line) => line.slice(line.indexOf(': ') + 2))
      if (name === 'failed') throw new Error((JSON.parse(data) as { message: string }).message)
      if (name === 'text') yield (JSON.parse(data) as { line: string }).line
    }
  }
}
