-- The order in which alerts were committed, for the hourly digests: alerts are stored one group after another, under the lock of
-- alert_feed. The trigger numbers those of release 0.1.0, too.
-- Lock: ACCESS EXCLUSIVE on alerts and channels for a moment; the alerts of the last two days are rewritten.
-- Disk: 8 bytes for each alert.
-- Rollback: none is needed; release 0.1.0 reads and writes these tables as before.
ALTER TABLE alerts ADD COLUMN sequence bigint;
CREATE SEQUENCE alerts_sequence_seq OWNED BY alerts.sequence;
UPDATE alerts SET sequence = nextval('alerts_sequence_seq') WHERE raised_at > now() - interval '2 days';

CREATE FUNCTION number_alert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.sequence := nextval('alerts_sequence_seq');
  RETURN NEW;
END
$$;
CREATE TRIGGER alert_numbered BEFORE INSERT ON alerts
  FOR EACH ROW WHEN (NEW.sequence IS NULL) EXECUTE FUNCTION number_alert();

-- The last alert that was stored before the digest up to `digested_until` was written; `digested_sequence_until` is that hour, and differs
-- when release 0.1.0 wrote a later digest.
ALTER TABLE channels ADD COLUMN digested_sequence bigint, ADD COLUMN digested_sequence_until timestamptz;
