import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { useState } from 'react'
import { logOut } from '../api/session'
import { Modal } from '../components/modal'
import { SECTIONS } from './context/sections'

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:]+)$/i
const NETWORK = /^[0-9a-f.:]+\/\d{1,3}$/i
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Goes anywhere from the keyboard: a page, an address, a session, or commands that contain a text. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const navigate = useNavigate()
  const typed = text.trim()
  const isCalled = (name: string) => name.toLowerCase().includes(typed.toLowerCase())
  const act = (work: () => unknown) => () => {
    onClose()
    work()
  }
  return (
    <Modal title="Go to …" onClose={onClose}>
      <Command label="Command palette" shouldFilter={false} className="min-w-[min(32rem,80vw)]">
        <Command.Input
          data-first
          className="input w-full"
          placeholder="A page, an address, a session id, or text in commands"
          value={text}
          onValueChange={setText}
        />
        <Command.List className="mt-2 max-h-80 overflow-auto" label="Results">
          <Command.Empty className="p-2 text-muted">No results.</Command.Empty>
          {ADDRESS.test(typed) && (
            <Command.Item
              className="palette-item"
              onSelect={act(() => navigate({ to: '/dashboard/attackers/$ip', params: { ip: typed } }))}
            >
              Profile of {typed}
            </Command.Item>
          )}
          {UUID.test(typed) && (
            <Command.Item
              className="palette-item"
              onSelect={act(() => navigate({ to: '/dashboard/sessions/$id', params: { id: typed } }))}
            >
              Session {typed}
            </Command.Item>
          )}
          {SECTIONS.filter(({ name }) => isCalled(name)).map(({ to, name, key }) => (
            <Command.Item
              key={to}
              className="palette-item"
              value={name}
              onSelect={act(() => navigate({ to }))}
            >
              {name} <kbd className="kbd ml-auto">g {key}</kbd>
            </Command.Item>
          ))}
          {isCalled('Log out') && (
            <Command.Item className="palette-item" onSelect={act(logOut)}>
              Log out
            </Command.Item>
          )}
          {typed.length > 1 && (
            <Command.Item
              className="palette-item"
              onSelect={act(() =>
                navigate({
                  to: '/dashboard/sessions',
                  search: ADDRESS.test(typed) || NETWORK.test(typed) ? { src_ip: typed } : { q: typed },
                }),
              )}
            >
              Sessions with “{typed}”
            </Command.Item>
          )}
        </Command.List>
      </Command>
    </Modal>
  )
}
