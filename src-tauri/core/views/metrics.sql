-- What the measures are made of: a row for each report, deadline, hot fix, production deployment and
-- answer about a fix. Milestones are instants; one that was skipped is NULL, never zero. No text.

-- Somebody told us of a trouble: as a new issue, or of one that was known at first contact.
CREATE TABLE metric_reports (
    seq INTEGER PRIMARY KEY,
    issue INTEGER NOT NULL,
    at INTEGER NOT NULL,
    known INTEGER NOT NULL,
    acknowledged_at INTEGER,
    product TEXT,
    team TEXT
) STRICT;
-- These hold all that a figure asks, so that it reads one index from end to end.
CREATE INDEX metric_reports_time ON metric_reports(at, known, acknowledged_at, product, team);
CREATE INDEX metric_reports_known ON metric_reports(at, product, team) WHERE known = 1;
CREATE INDEX metric_reports_issue ON metric_reports(issue);

-- A promise that held: `respond` or `resolve`.
CREATE TABLE metric_deadlines (
    issue INTEGER NOT NULL,
    what TEXT NOT NULL,
    due INTEGER NOT NULL,
    met_at INTEGER,
    kept INTEGER NOT NULL,
    product TEXT,
    team TEXT,
    PRIMARY KEY (issue, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX metric_deadlines_time ON metric_deadlines(due, product, team);
CREATE INDEX metric_deadlines_missed ON metric_deadlines(due, product, team) WHERE kept = 0;

CREATE TABLE metric_hotfixes (
    num INTEGER PRIMARY KEY,
    -- The first of the hot fixes that followed each other; itself, where it followed none.
    root INTEGER NOT NULL,
    product TEXT NOT NULL,
    team TEXT,
    -- The earliest commit of its changes.
    commit_at INTEGER,
    -- It is about an incident in production.
    incident INTEGER NOT NULL,
    shipped_at INTEGER,
    came_back_at INTEGER,
    because TEXT
) STRICT;
CREATE INDEX metric_hotfixes_shipped ON metric_hotfixes(shipped_at) WHERE shipped_at IS NOT NULL;

-- What went to production: deployments by their number, releases of others by minus their record's.
CREATE TABLE metric_deployments (
    num INTEGER PRIMARY KEY,
    -- When it was deployed, or failed before it was.
    at INTEGER NOT NULL,
    deployed_at INTEGER,
    failed_at INTEGER,
    recovered_at INTEGER,
    commit_at INTEGER,
    -- NULL for a release.
    hotfix INTEGER,
    root INTEGER,
    incident INTEGER NOT NULL,
    product TEXT NOT NULL,
    environment TEXT NOT NULL,
    team TEXT,
    cause TEXT,
    because TEXT,
    version TEXT
) STRICT;
CREATE INDEX metric_deployments_time ON metric_deployments(at);
CREATE INDEX metric_deployments_deployed ON metric_deployments(deployed_at);
CREATE INDEX metric_deployments_failed ON metric_deployments(failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX metric_deployments_hotfix ON metric_deployments(hotfix);
CREATE INDEX metric_deployments_root ON metric_deployments(root) WHERE failed_at IS NOT NULL;
CREATE INDEX metric_deployments_place ON metric_deployments(product, environment, at);

CREATE TABLE metric_feedback (
    seq INTEGER PRIMARY KEY,
    hotfix INTEGER NOT NULL,
    at INTEGER NOT NULL,
    score INTEGER NOT NULL
) STRICT;
CREATE INDEX metric_feedback_time ON metric_feedback(at);

-- Which environments are production, as the catalog had it at that moment.
CREATE TABLE metric_places (
    product TEXT NOT NULL,
    environment TEXT NOT NULL,
    name TEXT NOT NULL,
    production INTEGER NOT NULL,
    PRIMARY KEY (product, environment)
) STRICT, WITHOUT ROWID;
