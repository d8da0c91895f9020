CREATE TABLE similar (
    num INTEGER PRIMARY KEY,
    -- The report it is a duplicate of; itself if of none.
    original INTEGER NOT NULL,
    -- Hashes of its words, see similar/words.rs.
    words BLOB NOT NULL
) STRICT;
CREATE TABLE apart (
    one INTEGER NOT NULL,
    other INTEGER NOT NULL,
    PRIMARY KEY (one, other)
) STRICT, WITHOUT ROWID;
