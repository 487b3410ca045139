import { Form, written } from '../../components/form'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Failed } from '../../components/states'
import { useChat } from './use-chat'

/** Questions about one session; the answer appears as the LLM gives it. */
export function Chat({ sessionId }: { sessionId: string }) {
  const { messages, answer, failure, ask, stop } = useChat(sessionId)
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
      <QuestionForm answering={answer !== null} onAsk={ask} onStop={stop} />
    </Panel>
  )
}

function QuestionForm({
  answering,
  onAsk,
  onStop,
}: {
  answering: boolean
  onAsk: (question: string) => void
  onStop: () => void
}) {
  return (
    <Form
      className="mt-2 flex gap-2"
      onSend={(fields, clear) => {
        const question = written(fields, 'question')
        if (question === null || answering) return
        clear()
        onAsk(question)
      }}
    >
      <label className="flex-1">
        <span className="sr-only">Question</span>
        <input
          name="question"
          className="input w-full"
          maxLength={4_000}
          placeholder="What was the goal of this session?"
          autoComplete="off"
        />
      </label>
      {answering ? (
        <button type="button" className="button" onClick={onStop}>
          Stop
        </button>
      ) : (
        <button type="submit" className="button">
          Ask
        </button>
      )}
    </Form>
  )
}
