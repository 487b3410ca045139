import type { CanaryKind } from '@eviltwin/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { Form } from '../../components/form'
import { Modal } from '../../components/modal'
import { Failed } from '../../components/states'

const KINDS: ReadonlyArray<readonly [CanaryKind, string]> = [
  ['link', 'A link that nobody has a reason to open'],
  ['web_bug', 'An invisible image for pages and e-mails'],
  ['document', 'A document that reports when it is opened (HTML for Word)'],
  ['docx', 'A Word document (DOCX) that loads a linked image'],
  ['pdf', 'A PDF that requests a URL when it is opened or clicked'],
  ['aws_keys', 'A credentials file with AWS keys that nobody uses'],
  ['kubeconfig', 'A kubeconfig: every request of kubectl with it'],
  ['env_file', 'A .env file with the URL of an admin API'],
  ['git_repository', 'A Git repository: whoever fetches from its remote'],
  ['sql_dump', 'An SQL dump: whoever opens its URL, or imports it'],
  ['robots_txt', 'A robots.txt line: whoever requests the hidden path'],
  ['mcp_server', 'An MCP server: whoever connects or calls its tool'],
  ['dns', 'A name in the DNS: whoever looks it up (needs CANARY_DNS_ZONE)'],
  ['wireguard', 'A WireGuard configuration: whoever brings it up (needs CANARY_DNS_ZONE)'],
  ['login_form', 'A login form that belongs to no system'],
  ['canarytokens', 'A webhook for tokens of canarytokens.org'],
  ['opencanary', 'A webhook for OpenCanary'],
]

/** Asks for the kind and the location of a new canary token, and creates it. */
export function NewCanary({ onClose, onCreated }: { onClose: () => void; onCreated: (id: string) => void }) {
  const queries = useQueryClient()
  const create = useMutation({
    mutationFn: (form: FormData) =>
      answerOf(
        api.POST('/canary/tokens', {
          body: { kind: form.get('kind') as CanaryKind, name: String(form.get('name')) },
        }),
      ),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['canaries'] })
      onCreated(id)
    },
  })
  return (
    <Modal title="New canary" onClose={onClose}>
      <Form onSend={(fields) => create.mutate(fields)}>
        <label className="field">
          Kind
          <select name="kind" className="input" data-first>
            {KINDS.map(([kind, what]) => (
              <option key={kind} value={kind}>
                {what}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          Location
          <input
            name="name"
            className="input"
            required
            maxLength={100}
            placeholder="finance share, passwords.docx"
          />
        </label>
        <button type="submit" className="button button-primary" disabled={create.isPending}>
          Create
        </button>
        {create.error && <Failed error={create.error} />}
      </Form>
    </Modal>
  )
}
