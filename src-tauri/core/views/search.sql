CREATE VIRTUAL TABLE search USING fts5(
    kind UNINDEXED, key UNINDEXED, title, body, inside,
    tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);
