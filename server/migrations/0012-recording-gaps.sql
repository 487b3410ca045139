-- When processes ran and recorded, to the microsecond, by the clock of the database; and the gaps between: each is stored once, when
-- it has ended, with what it costs each series.
-- Lock: none on a table that exists.
-- Disk: one row for each start of a process; for each gap one row, and one more for each series of an objective.
-- Rollback: none is needed; release 0.1.0 neither reads nor writes these tables, and this version still marks `platform up`.
CREATE TABLE platform_runs (
  recorder uuid NOT NULL,
  started_at timestamptz NOT NULL,
  alive_until timestamptz NOT NULL,
  PRIMARY KEY (recorder, started_at)
) WITH (fillfactor = 80);
CREATE INDEX platform_runs_alive_until ON platform_runs (alive_until);

CREATE TABLE recording_gaps (
  started_at timestamptz PRIMARY KEY,
  stopped_at timestamptz NOT NULL
);
CREATE INDEX recording_gaps_stopped_at ON recording_gaps (stopped_at);

-- Events that were missed: the estimate, its bounds, and how it was made.
CREATE TABLE recording_gap_costs (
  started_at timestamptz NOT NULL REFERENCES recording_gaps ON DELETE CASCADE,
  series text NOT NULL,
  cost bigint NOT NULL,
  low bigint NOT NULL,
  high bigint NOT NULL,
  method text NOT NULL,
  PRIMARY KEY (started_at, series)
);

-- Every gap that began before is stored.
CREATE TABLE recording_gap_search (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  searched_until timestamptz
);
INSERT INTO recording_gap_search DEFAULT VALUES;
