-- Runs of tests that have a stored list: what a run is compared with is found here.
CREATE TABLE test_runs (
    seq INTEGER PRIMARY KEY, hotfix TEXT NOT NULL, run INTEGER NOT NULL, product TEXT NOT NULL,
    suite TEXT NOT NULL, list TEXT NOT NULL
) STRICT;
CREATE INDEX test_runs_of ON test_runs(product, suite, seq);
