-- One source is one alert: 500 sessions of one address are one alert with a count, and another one when a session is more severe. An
-- installation whose policy is as release 0.1.0 made it, and whose audit log knows of no change of it, gets the new default; where a person
-- chose anything else, the policy stays. (Release 0.1.0 kept no record of who saved a policy: one that was saved as it was is taken for
-- untouched.) Settings, Alert rules, has the way back.
-- Lock: ROW EXCLUSIVE and ACCESS EXCLUSIVE on alert_policy, one row, for a moment.
-- Disk: none.
-- Rollback: UPDATE alert_policy SET campaign_grouping = 'off'; release 0.1.0 knows the value, and works with it.
ALTER TABLE alert_policy ALTER COLUMN campaign_grouping SET DEFAULT 'source';
UPDATE alert_policy SET campaign_grouping = 'source'
WHERE (minimum_level, mute_known_scanners, campaign_grouping, campaign_window_minutes) = ('high', true, 'off', 60)
  AND NOT EXISTS (SELECT 1 FROM audit_entries WHERE action = 'alert_policy.change' AND outcome = 'succeeded');
