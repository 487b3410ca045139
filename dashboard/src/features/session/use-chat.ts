import { useRef, useState } from 'react'
import { type ChatMessage, streamAnswer } from './chat-stream'

/** Messages that the server takes at once. */
const MAX_TURNS = 20

/** What is said about one session. `answer` is what has arrived of the answer so far; null while nothing is asked. */
export function useChat(sessionId: string) {
  const [messages, setMessages] = useState<ChatMessage[]>([])
  const [answer, setAnswer] = useState<string | null>(null)
  const [failure, setFailure] = useState<Error | null>(null)
  const abort = useRef<AbortController | null>(null)

  async function ask(question: string): Promise<void> {
    const asked = [...messages, { role: 'user' as const, content: question }].slice(-MAX_TURNS)
    setMessages(asked)
    setFailure(null)
    setAnswer('')
    abort.current = new AbortController()
    let text = ''
    try {
      for await (const line of streamAnswer(sessionId, asked, abort.current.signal)) {
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

  return {
    messages,
    answer,
    failure,
    ask: (question: string) => void ask(question),
    /** Ends the answer where it is. */
    stop: () => abort.current?.abort(),
  }
}
