-- The order in which events were committed, for readers that must miss none: the id of the transaction that stored the
-- event. Null in rows that release 0.1.0 writes.
-- Lock: ACCESS EXCLUSIVE on events and forward_cursors for a moment; SHARE (no writes) on the partitions from yesterday on while each is
-- read once for its index, some seconds for a day of millions of events.
-- Disk: 8 bytes for each event stored from now on; the index is some kilobytes a day.
-- Rollback: none is needed; release 0.1.0 reads and writes these tables as before.
ALTER TABLE events ADD COLUMN commit_xid bigint;

-- Older partitions hold no transaction ids and need no index: it is made on the parent alone, for partitions to come, and on the newest.
CREATE INDEX events_commit ON ONLY events USING brin (commit_xid) WITH (autosummarize = on);
DO $$
DECLARE
  partition_name text;
BEGIN
  FOR partition_name IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'events'::regclass AND c.relname >= 'events_' || to_char(now() AT TIME ZONE 'UTC' - interval '1 day', 'YYYYMMDD')
  LOOP
    EXECUTE format('CREATE INDEX %I ON %I USING brin (commit_xid) WITH (autosummarize = on)', partition_name || '_commit', partition_name);
    EXECUTE format('ALTER INDEX events_commit ATTACH PARTITION %I', partition_name || '_commit');
  END LOOP;
END
$$;

-- Where a reader is in the order of commits, beside received_at and id: those go on for rows without a transaction id.
-- Transaction ids mean something in their cluster only: `cluster` is its system identifier. Rows that were received before
-- `commit_order_since` came from another one, and are read by received_at.
ALTER TABLE forward_cursors
  ADD COLUMN commit_xid bigint,
  ADD COLUMN commit_id uuid,
  ADD COLUMN cluster text,
  ADD COLUMN commit_order_since timestamptz;
