import { useState } from 'react'
import { type Reader, readerFor } from './api'
import { LoginForm } from './login-form'
import { Overview } from './overview'

/** Login first; the session lives in memory, so closing the page ends it. */
export function Dashboard() {
  const [reader, setReader] = useState<Reader | null>(null)
  return (
    <>
      <header className="bar">
        <h1>EvilTwin</h1>
        <nav>
          <a href="/docs">API</a>
          {reader && (
            <button type="button" onClick={() => setReader(null)}>
              Log out
            </button>
          )}
        </nav>
      </header>
      <main>
        {reader ? (
          <Overview reader={reader} onExpired={() => setReader(null)} />
        ) : (
          <LoginForm onLogin={(tokens) => setReader(readerFor(tokens))} />
        )}
      </main>
    </>
  )
}
