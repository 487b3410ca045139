import { Link } from '@tanstack/react-router'

/** What the server states where nobody knows the source: the address that stands for none (RFC 4291 2.5.2). */
export const UNKNOWN_SOURCE = '::'

/** A source address, which leads to its profile. */
export function Address({ ip }: { ip: string }) {
  return (
    <Link to="/dashboard/attackers/$ip" params={{ ip }} className="link font-mono">
      {ip === UNKNOWN_SOURCE ? 'unknown' : ip}
    </Link>
  )
}
