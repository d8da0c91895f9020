CREATE TABLE issues (
    num INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    -- Work is still expected on it.
    open INTEGER NOT NULL,
    priority TEXT,
    -- 1 for P1 … 5 for P5; 9 before the triage.
    rank INTEGER NOT NULL,
    product TEXT,
    component TEXT NOT NULL,
    version TEXT NOT NULL,
    environment TEXT NOT NULL,
    channel TEXT NOT NULL,
    affected INTEGER NOT NULL,
    -- How many of them are known and can be told something.
    people INTEGER NOT NULL,
    reporter TEXT NOT NULL,
    reported_by TEXT NOT NULL,
    owner TEXT,
    team TEXT,
    hotfix TEXT,
    reported_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    respond_by INTEGER,
    resolve_by INTEGER,
    responded_at INTEGER,
    resolved_at INTEGER,
    paused_at INTEGER,
    workaround TEXT NOT NULL,
    -- The next deadline; untriaged issues follow by age.
    burn INTEGER NOT NULL,
    -- When that deadline becomes a risk; none while no clock runs.
    risk_at INTEGER,
    -- When whoever answers for it is to be reminded next.
    remind_at INTEGER
) STRICT;
-- One index an order of the list, for the open ones and for the others. The number, which every
-- index ends with, breaks ties.
CREATE INDEX issues_by_clock ON issues(open, burn);
CREATE INDEX issues_by_age ON issues(open);
CREATE INDEX issues_by_priority ON issues(open, rank);
CREATE INDEX issues_by_affected ON issues(open, affected);
CREATE INDEX issues_by_change ON issues(open, changed_at);
-- What nobody has looked at yet, among all that have no deadline either.
CREATE INDEX issues_new ON issues(burn) WHERE state = 'new';
-- What is counted beside the navigation is counted from these, however many issues there are.
CREATE INDEX issues_owned ON issues(owner, risk_at) WHERE open = 1 AND owner IS NOT NULL;
CREATE INDEX issues_of_team ON issues(team, risk_at)
    WHERE open = 1 AND owner IS NULL AND team IS NOT NULL;
CREATE INDEX issues_risk ON issues(risk_at) WHERE open = 1 AND risk_at IS NOT NULL;
CREATE INDEX issues_remind ON issues(remind_at) WHERE remind_at IS NOT NULL;
-- What was reported last, which is what is usual next time.
CREATE INDEX issues_of_product ON issues(product);
CREATE INDEX issues_of_reporter ON issues(reporter) WHERE reporter <> '';
CREATE INDEX issues_logged_by ON issues(reported_by)
    WHERE channel NOT IN ('monitoring', 'testing', 'import');
CREATE TABLE issue_counts (state TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER issues_counted AFTER INSERT ON issues BEGIN
    INSERT INTO issue_counts VALUES (NEW.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER issues_recounted AFTER UPDATE OF state ON issues WHEN OLD.state <> NEW.state BEGIN
    UPDATE issue_counts SET n = n - 1 WHERE state = OLD.state;
    INSERT INTO issue_counts VALUES (NEW.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
-- Who was named in a conversation and has not looked yet.
CREATE TABLE mentions (
    person TEXT NOT NULL, num INTEGER NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (person, num)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_of_issue ON mentions(num);
