CREATE TABLE hand_overs (
    num INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    at INTEGER NOT NULL,
    read_at INTEGER
) STRICT;
CREATE INDEX hand_overs_unread ON hand_overs(recipient, num) WHERE read_at IS NULL;
