import type { Role, User } from '@eviltwin/contract'
import { createContext, useContext } from 'react'
import { mayAct } from './sections'

const MeContext = createContext<User | null>(null)
export const MeProvider = MeContext.Provider

/** Who is logged in. */
export function useMe(): User {
  const me = useContext(MeContext)
  if (!me) throw new Error('nobody is logged in here')
  return me
}

/** Whether whoever is logged in may do what `role` may; the server decides again. */
export function useMay(role: Role): boolean {
  return mayAct(useMe().role, role)
}
