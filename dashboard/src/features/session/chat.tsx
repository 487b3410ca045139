import { useRef, useState } from 'react'
import { problemOf } from '../../api/errors'
import { authorizedFetch } from '../../api/session'
import { Form, written } from '../../components/form'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Failed } from '../../components/states'

interface Message {
  role: 'user' | 'assistant'
  content: string
}

/** Turns that the server takes at once. */
const MAX_TURNS = 20

/** Questions about one session; the answer appears as the LLM gives it. */
export function Chat({ sessionId }: { sessionId: string }) {
  const [messages, setMessages] = useState<Message[]>([])
  const [answer, setAnswer] = useState<string | null>(null)
  const [failure, setFailure] = useState<Error | null>(null)
  const abort = useRef<AbortController | null>(null)

  async function ask(question: string): Promise<void> {
    const asked: Message[] = [...messages, { role: 'user', content: question }].slice(-MAX_TURNS) as Message[]
    setMessages(asked)
    setFailure(null)
    setAnswer('')
    abort.current = new AbortController()
    let text = ''
    try {
      for await (const line of answerTo(sessionId, asked, abort.current.signal)) {
        text += `${line}\n`
        setAnswer(text)
      }
    } catch (error) {
      if (!abort.current.signal.aborted) setFailure(error as Error)
    }
    if (text.trim() !== '')
      setMessages([...asked, { role: 'assistant', content: text.trim().slice(0, 4_000) }])
    setAnswer(null)
  }

  return (
    <Panel title="Ask about this session">
      <ol className="grid gap-2 text-sm" aria-live="polite">
        {messages.map(({ role, content }, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages are only ever added
          <li key={n} className={role === 'user' ? 'text-muted' : ''}>
            <span className="sr-only">{role === 'user' ? 'You asked: ' : 'Answer: '}</span>
            <span className="whitespace-pre-wrap">
              <HostileText text={content} />
            </span>
          </li>
        ))}
        {answer !== null && (
          <li className="whitespace-pre-wrap">
            <HostileText text={answer || '…'} />
          </li>
        )}
      </ol>
      {failure && <Failed error={failure} />}
      <Form
        className="mt-2 flex gap-2"
        onSend={(fields, clear) => {
          const question = written(fields, 'question')
          if (question === null || answer !== null) return
          clear()
          void ask(question)
        }}
      >
        <label className="flex-1">
          <span className="sr-only">Question</span>
          <input
            name="question"
            className="input w-full"
            maxLength={4_000}
            placeholder="What did they want?"
            autoComplete="off"
          />
        </label>
        {answer === null ? (
          <button type="submit" className="button">
            Ask
          </button>
        ) : (
          <button type="button" className="button" onClick={() => abort.current?.abort()}>
            Stop
          </button>
        )}
      </Form>
    </Panel>
  )
}

/** Lines of the answer, from server-sent events. @throws {Error} */
async function* answerTo(
  session_id: string,
  messages: readonly Message[],
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
