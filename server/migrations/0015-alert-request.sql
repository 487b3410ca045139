-- The request that brought the event of an alert, for the log line of its broadcast on whichever replica. Null for older alerts.
-- Lock: ACCESS EXCLUSIVE on alerts for a moment; nothing is rewritten.
-- Disk: some 10 bytes for each new alert.
-- Rollback: none is needed; release 0.1.0 reads and writes alerts as before.
ALTER TABLE alerts ADD COLUMN request_id text;
