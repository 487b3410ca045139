-- The weekly test of a channel with the alert of a synthetic attack (docs/operating.md): which channel, and what became of its tests.
-- Lock: none on what there is.
-- Disk: a row, and at most 100 rows of about 300 bytes.
-- Rollback: DROP TABLE channel_test_schedule, channel_tests. An older server tests no channel.
CREATE TABLE channel_test_schedule (
  -- There is one channel that is tested.
  one boolean PRIMARY KEY CHECK (one),
  -- Refers to no row of channels: that the channel was removed is what its next test finds.
  channel_id uuid NOT NULL,
  -- ISO 8601: 1 is Monday. The hour is one of UTC.
  weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  hour smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
  next_at timestamptz NOT NULL,
  chosen_by text NOT NULL
);

CREATE TABLE channel_tests (
  -- Also the id of its message in deliveries.
  id uuid PRIMARY KEY,
  channel_id uuid NOT NULL,
  channel_name text NOT NULL,
  -- Null: the schedule.
  requested_by text,
  requested_at timestamptz NOT NULL,
  -- When the leader took it up; the alert is that of an attack made since.
  begun_at timestamptz,
  run_id uuid,
  sent_at timestamptz,
  settled_at timestamptz,
  state text NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'failed')),
  failure text
);
-- One test at a time.
CREATE UNIQUE INDEX channel_tests_open ON channel_tests ((true)) WHERE settled_at IS NULL;
CREATE INDEX channel_tests_requested ON channel_tests (requested_at DESC, id DESC);
