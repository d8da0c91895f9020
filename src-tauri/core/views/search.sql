-- What a search shows of each thing, and what it was found by. `id` is the thing's number, and for
-- what is no issue a kind in the bits from the 40th on (see search/rows.rs).
CREATE TABLE search_rows (
    id INTEGER PRIMARY KEY,
    open INTEGER NOT NULL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    priority TEXT,
    product TEXT,
    title TEXT NOT NULL
) STRICT;
-- Apart from it, so that the rows that are weighed lie close together.
CREATE TABLE search_texts (
    id INTEGER PRIMARY KEY,
    fields TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
-- Text comes to it as words already, so its tokenizer only parts them at spaces and ASCII marks.
CREATE VIRTUAL TABLE search USING fts5(
    title, body, fields, content = '', contentless_delete = 1, tokenize = 'ascii'
);
-- A long transaction (a rebuild, an import) writes fewer and larger parts.
INSERT INTO search (search, rank) VALUES ('hashsize', 16000000);
CREATE VIRTUAL TABLE search_words USING fts5vocab(search, row);
