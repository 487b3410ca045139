import { Link } from '@tanstack/react-router'

/** A source address, which leads to its profile. */
export function Address({ ip }: { ip: string }) {
  return (
    <Link to="/dashboard/attackers/$ip" params={{ ip }} className="link font-mono">
      {ip}
    </Link>
  )
}
