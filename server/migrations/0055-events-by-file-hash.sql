-- Events that name a file by its hash, so that the sessions of a file are found without reading the events of other files.
-- Lock: SHARE on events for a moment. The index is made on the parent alone, for partitions to come; the leader makes that of the partitions that
--   are there afterwards, one by one and concurrently (features/evidence/file-index-store.ts), so that no writer waits for it.
-- Disk: about 150 bytes for each event with the hash of a file.
-- Rollback: DROP INDEX events_file_hash; an older release does not notice it.
CREATE INDEX events_file_hash ON ONLY events (file_sha256, received_at, id) WHERE file_sha256 IS NOT NULL;
