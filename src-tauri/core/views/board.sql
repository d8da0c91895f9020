CREATE TABLE hotfixes (
    num INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    title TEXT NOT NULL,
    phase TEXT NOT NULL,
    product TEXT NOT NULL,
    owner TEXT,
    priority TEXT,
    closed_at INTEGER,
    -- The numbers of its issues, as JSON.
    issues TEXT NOT NULL,
    -- Since when affected people have heard nothing, while it is under way; and the wait that whoever has it
    -- was reminded of last. By when they have to hear follows from the rubric of the moment.
    silent_since INTEGER,
    reminded INTEGER
) STRICT;
CREATE INDEX hotfixes_silent ON hotfixes(silent_since) WHERE silent_since IS NOT NULL;
CREATE INDEX hotfixes_open ON hotfixes(num) WHERE phase IN ('development', 'rollout', 'monitoring');
CREATE TABLE deployments (
    num INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    hotfix TEXT NOT NULL,
    product TEXT NOT NULL,
    environment TEXT NOT NULL,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    window_ends_at INTEGER NOT NULL,
    held INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    automatic INTEGER NOT NULL,
    expected TEXT NOT NULL,
    remind_at INTEGER
) STRICT;
CREATE INDEX deployments_time ON deployments(starts_at);
CREATE INDEX deployments_hotfix ON deployments(hotfix);
CREATE INDEX deployments_remind ON deployments(remind_at) WHERE remind_at IS NOT NULL;
CREATE INDEX deployments_open ON deployments(num)
    WHERE state IN ('planned', 'deploying', 'validating', 'missed');
CREATE TABLE messages (
    num INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    hotfix TEXT,
    purpose TEXT,
    channel TEXT,
    messenger TEXT,
    state TEXT NOT NULL,
    subject TEXT NOT NULL,
    recipients INTEGER NOT NULL,
    dry_run INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    send_at INTEGER,
    error TEXT NOT NULL
) STRICT;
CREATE INDEX messages_hotfix ON messages(hotfix);
CREATE INDEX messages_queued ON messages(messenger, num) WHERE state = 'queued';
