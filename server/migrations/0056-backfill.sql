-- Imported history notifies nobody: from which age on arrival the alert of an event is suppressed as backfill.
-- Lock: ACCESS EXCLUSIVE on alert_policy, one row, for a moment; a constant default rewrites nothing.
-- Disk: none.
-- Rollback: ALTER TABLE alert_policy DROP COLUMN backfill_after_minutes. Alerts that were suppressed as backfill stay suppressed.
ALTER TABLE alert_policy ADD COLUMN backfill_after_minutes integer NOT NULL DEFAULT 1440;
