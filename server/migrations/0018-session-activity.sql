-- Sessions by their last event: for what goes on now and what had an event in a window, however long ago it began. Summaries of
-- blocks (BRIN) keep updates of a session HOT, which an ordinary index on a column of every update would not.
-- Lock: SHARE on sessions while it is read once: writes wait, about 2 s for 10 million sessions.
-- Disk: a few kilobytes for each million sessions.
-- Rollback: DROP INDEX sessions_last_seen; release 0.1.0 does not notice it.
CREATE INDEX sessions_last_seen ON sessions USING brin (last_seen_at) WITH (pages_per_range = 32, autosummarize = on);
