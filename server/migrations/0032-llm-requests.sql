-- How many requests to the LLM each user made on a day (UTC), and all of them together (user_id of zeros): docs/decisions/0023.
-- Lock: none on existing tables.
-- Disk: some 60 bytes for each user and day on which the LLM was asked; kept for 400 days.
-- Rollback: DROP TABLE llm_requests; release 0.1.0 does not notice it.
CREATE TABLE llm_requests (
  day date NOT NULL,
  user_id uuid NOT NULL,
  requests integer NOT NULL CHECK (requests >= 0),
  PRIMARY KEY (day, user_id)
);
