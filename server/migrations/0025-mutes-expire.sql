-- Every mute and every silence ends: those for ever, or for longer than anybody may ask for, end 90 days from now; a silence that was
-- planned for later ends 90 days after its start.
-- Lock: ACCESS EXCLUSIVE on alert_mutes while it is read once; it has some hundred rows.
-- Disk: none.
-- Rollback: ALTER TABLE alert_mutes ALTER COLUMN expires_at DROP NOT NULL; until then release 0.1.0 answers 500 to a mute without an end.
UPDATE alert_mutes SET expires_at = least(coalesce(expires_at, 'infinity'), now() + interval '90 days');
UPDATE ops_silences SET ends_at = least(ends_at, greatest(starts_at, now()) + interval '90 days');
ALTER TABLE alert_mutes ALTER COLUMN expires_at SET NOT NULL;
