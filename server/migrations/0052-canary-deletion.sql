-- Canary tokens can be deleted. The row stays, so that its events stay those of a canary in feeds and in the first steps.
-- Lock: ACCESS EXCLUSIVE on canary_tokens for a moment; a nullable column without a default rewrites nothing.
-- Disk: 8 bytes for each deleted token.
-- Rollback: ALTER TABLE canary_tokens DROP COLUMN deleted_at. An older release lists deleted tokens as disabled, and can enable them.
ALTER TABLE canary_tokens ADD COLUMN deleted_at timestamptz;
