import { Form, written } from '../../components/form'

/** A single text input with its button; an empty line is not sent. */
export function OneLineForm({
  label,
  placeholder,
  maxLength,
  button,
  onSend,
}: {
  label: string
  placeholder: string
  maxLength: number
  button: string
  /** @param clear empties the line again. */
  onSend: (line: string, clear: () => void) => void
}) {
  return (
    <Form
      className="flex gap-2"
      onSend={(fields, clear) => {
        const line = written(fields, 'line')
        if (line !== null) onSend(line, clear)
      }}
    >
      <label className="flex-1">
        <span className="sr-only">{label}</span>
        <input
          name="line"
          className="input w-full"
          maxLength={maxLength}
          placeholder={placeholder}
          autoComplete="off"
        />
      </label>
      <button type="submit" className="button">
        {button}
      </button>
    </Form>
  )
}
