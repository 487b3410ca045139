-- Whether a password was compared with the policy: `unchecked` at the next login, when its text is known; `must_change` admits to
-- nothing but changing it. And where a login is used from, for its user to see.
-- Lock: ACCESS EXCLUSIVE on users and token_families for milliseconds: nothing is rewritten (PostgreSQL 11 and later).
-- Disk: none.
-- Rollback: ALTER TABLE users DROP COLUMN password_state; ALTER TABLE token_families DROP COLUMN last_used_at, DROP COLUMN address,
-- DROP COLUMN user_agent; release 0.1.0 does not notice them, and writes passwords as `unchecked` or leaves the state as it was.
ALTER TABLE users ADD COLUMN password_state text NOT NULL DEFAULT 'unchecked'
  CHECK (password_state IN ('unchecked', 'accepted', 'must_change'));
ALTER TABLE token_families ADD COLUMN last_used_at timestamptz;
ALTER TABLE token_families ADD COLUMN address text;
ALTER TABLE token_families ADD COLUMN user_agent text;
