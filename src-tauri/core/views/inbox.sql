CREATE TABLE issues (
    num INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    priority TEXT,
    product TEXT,
    component TEXT NOT NULL,
    version TEXT NOT NULL,
    affected INTEGER NOT NULL,
    reporter TEXT NOT NULL,
    owner TEXT,
    hotfix TEXT,
    reported_at INTEGER NOT NULL,
    respond_by INTEGER,
    resolve_by INTEGER,
    responded_at INTEGER,
    resolved_at INTEGER,
    paused_at INTEGER,
    workaround TEXT NOT NULL,
    -- The next deadline; untriaged issues follow by age.
    burn INTEGER NOT NULL,
    -- When that deadline becomes a risk; none while no clock runs.
    risk_at INTEGER
) STRICT;
CREATE INDEX issues_open ON issues(burn, num)
    WHERE state IN ('new', 'needs_info', 'triaged', 'in_hot_fix');
-- What is counted beside the navigation is counted from these, however many issues there are.
CREATE INDEX issues_owned ON issues(owner)
    WHERE state IN ('new', 'needs_info', 'triaged', 'in_hot_fix') AND owner IS NOT NULL;
CREATE INDEX issues_risk ON issues(risk_at)
    WHERE state IN ('new', 'needs_info', 'triaged', 'in_hot_fix') AND risk_at IS NOT NULL;
CREATE TABLE issue_counts (state TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER issues_counted AFTER INSERT ON issues BEGIN
    INSERT INTO issue_counts VALUES (NEW.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER issues_recounted AFTER UPDATE OF state ON issues WHEN OLD.state <> NEW.state BEGIN
    UPDATE issue_counts SET n = n - 1 WHERE state = OLD.state;
    INSERT INTO issue_counts VALUES (NEW.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
