import { useQuery, useQueryClient } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useEffect, useSyncExternalStore } from 'react'
import { answerOf, api } from '../api/client'
import { loginState, onLoginChange } from '../api/session'
import { Failed, Skeleton } from '../components/states'
import { ClockProvider } from '../components/when'
import { Login } from '../features/login/login'
import { MustChangePassword } from '../features/login/must-change-password'
import { MeProvider } from './context/me'
import { router } from './router'

/** Login first, then the pages; the URL stays what it was, so a link leads to its page after the login. */
export function App() {
  const state = useSyncExternalStore(onLoginChange, loginState)
  const queries = useQueryClient()
  useEffect(() => {
    // What one person saw is not for the next. Cleared on the way out: what the login page reads comes after it.
    return state === 'in' ? () => queries.clear() : undefined
  }, [state, queries])
  if (state === 'unknown') return <Skeleton lines={3} />
  if (state === 'unreachable')
    return (
      <p role="alert" className="p-4">
        The server cannot be reached. Trying again …
      </p>
    )
  if (state === 'out') return <Login />
  return <LoggedIn />
}

function LoggedIn() {
  const me = useQuery({ queryKey: ['me'], queryFn: () => answerOf(api.GET('/auth/me')), staleTime: 60_000 })
  if (me.error && !me.data) return <Failed error={me.error} onRetry={me.refetch} />
  if (!me.data) return <Skeleton lines={3} />
  if (me.data.must_change_password) return <MustChangePassword />
  return (
    <MeProvider value={me.data}>
      <ClockProvider>
        <RouterProvider router={router} />
      </ClockProvider>
    </MeProvider>
  )
}
