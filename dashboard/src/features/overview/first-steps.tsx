import { useState } from 'react'
import { useMay } from '../../app/context/me'
import { SetupCard, useSetup } from './setup-card'

const HIDDEN_KEY = 'eviltwin first steps hidden'

/** The first steps where an administrator looks first, or a button that brings them back. Hidden is a preference of this browser. */
export function FirstSteps() {
  return useMay('admin') ? <ForAdmin /> : null
}

function ForAdmin() {
  const [hidden, setHidden] = useState(() => localStorage.getItem(HIDDEN_KEY) !== null)
  const hide = () => {
    localStorage.setItem(HIDDEN_KEY, '1')
    setHidden(true)
  }
  const show = () => {
    localStorage.removeItem(HIDDEN_KEY)
    setHidden(false)
  }
  return (
    <div className="mb-4 empty:hidden">{hidden ? <Hidden onShow={show} /> : <SetupCard onHide={hide} />}</div>
  )
}

function Hidden({ onShow }: { onShow: () => void }) {
  const { data } = useSetup()
  if (!data || data.complete) return null
  return (
    <button type="button" className="button" onClick={onShow}>
      First steps: {data.steps.filter(({ done }) => done).length} of {data.steps.length}
    </button>
  )
}
