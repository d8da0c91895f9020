-- What came from where, and how much of it goes on there.
CREATE TABLE origins (
    stream TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    issue TEXT NOT NULL,
    going_on INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX origins_going_on ON origins(source) WHERE going_on > 0;
