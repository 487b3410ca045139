-- The allowlist takes URLs and SHA-256, because feeds name them.
-- Lock: ACCESS EXCLUSIVE on feed_allowlist while it is read once; it has at most 10,000 rows.
-- Disk: none.
-- Rollback: DELETE FROM feed_allowlist WHERE kind IN ('url', 'sha256'); then put the former constraint back.
ALTER TABLE feed_allowlist DROP CONSTRAINT feed_allowlist_kind_check,
  ADD CONSTRAINT feed_allowlist_kind_check CHECK (kind IN ('network', 'domain', 'url', 'sha256'));
