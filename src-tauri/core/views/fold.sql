-- A stream's state after its `version`-th event, as JSON: a fold begins here. Kept for long streams
-- only, the last one of each.
CREATE TABLE snapshots (
    stream TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL
) STRICT, WITHOUT ROWID;
