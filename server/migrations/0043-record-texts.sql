-- The texts of the records of a commit as one value, which compresses, in place of a text in each row of events.
-- Lock: ACCESS EXCLUSIVE on events for a moment; no table is rewritten or read.
-- Disk: 16 bytes in the row of each event stored from now on, whose text takes about a third of the space, and a twentieth once its day is over.
-- Rollback: none is needed to run an older server, which stores texts in events.raw as before, but it shows no text of the events stored
--   meanwhile.
ALTER TABLE events ADD COLUMN text_block bigint, ADD COLUMN text_place integer;

-- A row is the block of one commit, or many blocks packed together once the days that they were received on are over.
CREATE TABLE record_texts (
  -- The lowest and the highest block in it; the same unless it is packed.
  first_id bigint PRIMARY KEY,
  last_id bigint NOT NULL,
  -- The last day (UTC) on which an event of it was received.
  received_on date NOT NULL,
  packed boolean NOT NULL DEFAULT false,
  content bytea NOT NULL
);
CREATE SEQUENCE record_text_blocks OWNED BY record_texts.first_id;
CREATE INDEX record_texts_unpacked ON record_texts (first_id) WHERE NOT packed;
CREATE INDEX record_texts_received_on ON record_texts USING brin (received_on);
-- Compressed values stay in their row up to the size of a page. A PostgreSQL built without LZ4 compresses as it always did.
ALTER TABLE record_texts SET (toast_tuple_target = 8160);
DO $$ BEGIN
  ALTER TABLE record_texts ALTER COLUMN content SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;
