//! The documentation of a hot fix, which writes itself from the journal.

use super::{Question, Read, timeline, word};
use crate::event::words::*;
use crate::{
    clock::Instant,
    error::Result,
    gates,
    model::{deployment::Deployment, difference, hotfix::Hotfix, issue::Issue},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use ts_rs::TS;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    #[default]
    Md,
    /// One file, with its own style sheet.
    Html,
    /// The body alone, sanitised, for the window.
    Fragment,
}

/// The report of one hot fix.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskReport {
    pub key: HotfixKey,
    #[serde(default)]
    pub format: ReportFormat,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Report {
    pub key: HotfixKey,
    pub text: String,
}

/// Markdown as sanitised HTML. What a person typed cannot bring scripts, styles or frames along.
pub fn markdown(text: &str) -> String {
    let mut html = String::new();
    pulldown_cmark::html::push_html(
        &mut html,
        pulldown_cmark::Parser::new_ext(text, pulldown_cmark::Options::ENABLE_TABLES),
    );
    ammonia::clean(&html)
}

/// Text in which nothing can be read as Markdown or HTML.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(if character == '\r' || character == '\0' { ' ' } else { character });
    }
    out
}

/// Text inside a table's cell or a heading: one line.
fn line(text: &str) -> String {
    plain(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn time(at: Instant) -> String {
    at.timestamp().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

impl Question for AskReport {
    type Answer = Report;

    fn ask(&self, read: &Read) -> Result<Report> {
        let (hotfix, issues, deployments, product, authors) = read.judge(|state| {
            let hotfix = state.hotfix(&self.key)?;
            let issues = hotfix
                .issues
                .iter()
                .map(|key| state.issue(key).cloned())
                .collect::<Result<Vec<_>, _>>()?;
            let facts = state.facts(read.now);
            let deployments: Vec<_> = facts.deployments(hotfix)?.into_iter().cloned().collect();
            let product = state
                .catalog
                .product(&hotfix.product)
                .map_or_else(|| hotfix.product.0.clone(), |one| one.name.clone());
            Ok((hotfix.clone(), issues, deployments, product, gates::authors(&facts, hotfix)))
        })?;
        let text = write_markdown(read, &hotfix, &issues, &deployments, &product, &authors)?;
        let text = match self.format {
            ReportFormat::Md => text,
            ReportFormat::Fragment => markdown(&text),
            ReportFormat::Html => page(&hotfix, &markdown(&text)),
        };
        Ok(Report { key: self.key.clone(), text })
    }
}

fn page(hotfix: &Hotfix, body: &str) -> String {
    let title = ammonia::clean_text(&format!("{} {}", hotfix.key, hotfix.title));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>\n{}\n</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        include_str!("report.css")
    )
}

fn team_name(read: &Read, team: &CatalogId) -> String {
    read.catalog.team(team).map_or_else(|| team.0.clone(), |one| one.name.clone())
}

fn write_markdown(
    read: &Read,
    hotfix: &Hotfix,
    issues: &[Issue],
    deployments: &[Deployment],
    product: &str,
    authors: &[gates::approval::Author],
) -> Result<String> {
    let name = |person: &PersonId| plain(&read.catalog.name_of(person));
    let mut out = String::new();
    let o = &mut out;
    // Writing to a String cannot fail; the results are checked once at the end all the same.
    let mut write = || -> std::fmt::Result {
        writeln!(o, "# {} {}\n", hotfix.key, line(&hotfix.title))?;
        writeln!(o, "| | |\n|---|---|")?;
        writeln!(o, "| Product | {} |", line(product))?;
        writeln!(o, "| Phase | {} |", word(hotfix.phase))?;
        if let Some(priority) = hotfix.priority {
            writeln!(
                o,
                "| Priority | {priority:?} {} {} |",
                priority.name(),
                line(&hotfix.priority_reason)
            )?;
        }
        if let Some(owner) = &hotfix.owner {
            writeln!(o, "| Owner | {} |", line(&read.catalog.name_of(owner)))?;
        }
        if let Some(team) = &hotfix.team {
            writeln!(o, "| Team | {} |", line(&team_name(read, team)))?;
        }
        if hotfix.assignments.len() > 1 {
            let had = hotfix.assignments.iter().map(|one| {
                let who = match (&one.person, &one.team) {
                    (Some(person), _) => read.catalog.name_of(person),
                    (None, Some(team)) => team_name(read, team),
                    (None, None) => "nobody".into(),
                };
                let note =
                    if one.note.is_empty() { String::new() } else { format!(" ({})", one.note) };
                format!("{}{}", line(&who), line(&note))
            });
            writeln!(o, "| Had by | {} |", had.collect::<Vec<_>>().join(" → "))?;
        }
        for (what, at) in [("Started", hotfix.started_at), ("Closed", hotfix.closed_at)] {
            if let Some(at) = at {
                writeln!(o, "| {what} | {} |", time(at))?;
            }
        }
        if let Some(before) = &hotfix.recurrence_of {
            writeln!(o, "| Recurrence of | {before} |")?;
        }
        writeln!(o, "\n## What was wrong\n")?;
        for issue in issues {
            writeln!(o, "### {} {}\n", issue.key, line(&issue.text.title))?;
            for (label, text) in [
                ("", &issue.text.description),
                ("Steps: ", &issue.text.steps),
                ("Expected: ", &issue.text.expected),
                ("Seen: ", &issue.text.actual),
                ("Meanwhile: ", &issue.text.workaround),
            ] {
                if !text.is_empty() {
                    writeln!(o, "{label}{}\n", plain(text))?;
                }
            }
            writeln!(o, "{} affected.", issue.affected)?;
            if let Some(triage) = &issue.triage {
                writeln!(
                    o,
                    "Impact on system {}, users {}, business {}; urgency {}: {:?}. Triaged by {} on {}.",
                    word(triage.impact_system),
                    word(triage.impact_users),
                    word(triage.impact_business),
                    word(triage.urgency),
                    triage.priority,
                    name(&triage.by),
                    time(triage.at)
                )?;
            }
            writeln!(o)?;
        }
        if let Some(cause) = &hotfix.cause {
            writeln!(o, "## Root cause ({})\n\n{}\n", word(cause.kind), plain(&cause.text.what))?;
            for why in cause.text.whys.iter().filter(|why| !why.is_empty()) {
                writeln!(o, "1. {}", line(why))?;
            }
            if !cause.since_version.is_empty() || !cause.since_commit.is_empty() {
                writeln!(
                    o,
                    "\nSince {} {}.",
                    line(&cause.since_version),
                    line(&cause.since_commit)
                )?;
            }
            if !cause.text.next.is_empty() {
                writeln!(o, "\nWhere it could happen next: {}", plain(&cause.text.next))?;
            }
            writeln!(o)?;
        }
        if let Some(solution) = &hotfix.solution {
            writeln!(o, "## Solution\n\n{}\n", plain(&solution.text))?;
            if !solution.alternatives.is_empty() {
                writeln!(o, "Considered and not taken: {}\n", plain(&solution.alternatives))?;
            }
        }
        if let Some(risk) = &hotfix.risk {
            writeln!(o, "**Risk** ({}): {}\n", word(risk.level), plain(&risk.text))?;
        }
        if !hotfix.rollback_plan.is_empty() {
            writeln!(o, "**Way back:** {}\n", plain(&hotfix.rollback_plan))?;
        }
        if !hotfix.changes.is_empty() {
            writeln!(
                o,
                "## Changes\n\n| Commit | What | Claimed author | Files |\n|---|---|---|---|"
            )?;
            for one in &hotfix.changes {
                writeln!(
                    o,
                    "| {} | {} | {} | {} |",
                    one.change.commit.get(..12).unwrap_or(&one.change.commit),
                    line(&one.text.subject),
                    line(&one.text.author.name),
                    one.change.files.len()
                )?;
            }
            writeln!(o)?;
        }
        for one in &hotfix.changes {
            let text = &one.text;
            if !text.pull_request.is_empty() || !text.pull_request_text.trim().is_empty() {
                writeln!(
                    o,
                    "**Review of {}**: {}\n\n{}\n",
                    one.change.commit.get(..12).unwrap_or(&one.change.commit),
                    line(&text.pull_request),
                    plain(&text.pull_request_text)
                )?;
            }
            for there in &one.change.branches {
                writeln!(
                    o,
                    "- {} on {}: {}. {}",
                    one.change.commit.get(..12).unwrap_or(&one.change.commit),
                    line(&there.branch),
                    word(there.presence),
                    there.sentence()
                )?;
            }
        }
        for one in &hotfix.configurations {
            let place = if one.environment.is_empty() { "everywhere" } else { &one.environment };
            writeln!(
                o,
                "\n### Configuration {}: {} ({})\n\n{}\n",
                one.id,
                line(&one.text.name),
                line(place),
                plain(&one.text.note)
            )?;
            let diff = difference::unified(&one.text.name, &one.text.before, &one.text.after);
            // A block by indentation ends nowhere else than it should, whatever it holds.
            for text in diff.lines().skip(3) {
                let text: String = text
                    .chars()
                    .map(|c| if c.is_control() && c != '\t' { ' ' } else { c })
                    .collect();
                writeln!(o, "    {text}")?;
            }
            writeln!(o)?;
        }
        for tests in &hotfix.tests {
            writeln!(
                o,
                "- Tests{} on {}: {} passed, {} failed, {} skipped ({})",
                match tests.evidence.suite.as_str() {
                    "" => String::new(),
                    suite => format!(" “{}”", line(suite)),
                },
                line(tests.evidence.commit.get(..12).unwrap_or(&tests.evidence.commit)),
                tests.evidence.passed,
                tests.evidence.failed,
                tests.evidence.skipped,
                time(tests.at)
            )?;
            let compared = tests.evidence.compared.as_ref();
            for name in compared.iter().flat_map(|compared| &compared.newly_failing) {
                writeln!(o, "  - newly failing: {}", line(name))?;
            }
        }
        for built in &hotfix.packages {
            let package = &built.package;
            writeln!(
                o,
                "\n## Package r{}\n\nSHA-256 `{}`, {} bytes, built by {} on {}.\n",
                package.revision,
                package.hash,
                package.size,
                name(&package.built_by),
                time(package.built_at)
            )?;
            writeln!(o, "| File | Role | Bytes | SHA-256 |\n|---|---|---|---|")?;
            for file in &package.files {
                writeln!(
                    o,
                    "| {} | {} | {} | {} |",
                    line(&file.path),
                    word(file.role),
                    file.size,
                    file.sha256.short()
                )?;
            }
        }
        if !hotfix.approvals.is_empty() || !hotfix.approval_requests.is_empty() {
            writeln!(o, "\n## Approvals\n")?;
            for author in authors {
                let claim = if author.claimed { " (as git claims)" } else { "" };
                let wrote = line(&author.wrote.join(", "));
                writeln!(o, "- Author: {}, {wrote}{claim}", name(&author.person))?;
            }
            for one in &hotfix.approval_requests {
                let of: Vec<_> = one.people.iter().map(name).collect();
                let of = if of.is_empty() { String::new() } else { format!(" {}", of.join(", ")) };
                writeln!(
                    o,
                    "- {} asked{of} about {} for {} on {}. {}",
                    name(&one.by),
                    one.hash.short(),
                    line(&one.environment),
                    time(one.at),
                    line(&one.note)
                )?;
            }
            for one in &hotfix.approvals {
                let verdict = if one.expires_at.is_some() { "approved" } else { "declined" };
                let until = one
                    .expires_at
                    .map_or_else(String::new, |at| format!(", valid until {}", time(at)));
                writeln!(
                    o,
                    "- {} {verdict} {} for {} on {}{until}. {}",
                    name(&one.by),
                    one.hash.short(),
                    line(&one.environment),
                    time(one.at),
                    line(&one.note)
                )?;
                if let Some(at) = one.withdrawn_at {
                    let why = line(&one.withdrawn_why);
                    writeln!(o, "  - Taken back on {}. {why}", time(at))?;
                }
                if hotfix.current().is_some_and(|built| built.package.hash != one.hash) {
                    writeln!(o, "  - Void since the package changed.")?;
                }
            }
        }
        if !hotfix.overrides.is_empty() {
            writeln!(o, "\n## Overrides\n")?;
            for one in &hotfix.overrides {
                let what = if one.blocker == gates::approval::MISSING {
                    let place = one.environment.as_deref().unwrap_or_default();
                    format!("broke the glass (no approval for {})", line(place))
                } else {
                    format!("overrode {}", line(&one.blocker))
                };
                let reason = line(&one.reason);
                writeln!(o, "- {} {what} on {}: {reason}", name(&one.by), time(one.at))?;
                match &one.reviewed_by {
                    Some(reviewer) => {
                        writeln!(o, "  - Reviewed by {}: {}", name(reviewer), line(&one.review))?
                    }
                    None => writeln!(o, "  - The review is open.")?,
                }
            }
        }
        for one in deployments {
            writeln!(
                o,
                "\n## {} r{} into {}\n\nState: {}. {}\n",
                one.key,
                one.revision,
                line(&one.environment),
                word(one.state),
                line(&one.reason)
            )?;
            for step in &one.procedures {
                if let (Some(by), Some(at)) = (&step.ticked_by, step.ticked_at) {
                    writeln!(o, "- [x] {} ({}, {})", line(&step.item.text), name(by), time(at))?;
                }
            }
            for check in &one.checks {
                if let (Some(result), Some(by), Some(at)) = (check.result, &check.by, check.at) {
                    writeln!(
                        o,
                        "- {}: **{}** ({}{}, {}) {}",
                        line(&check.item.text),
                        word(result),
                        name(by),
                        if check.by_machine { ", by machine" } else { "" },
                        time(at),
                        line(&check.evidence.text)
                    )?;
                    for file in &check.attachments {
                        writeln!(o, "  - Evidence {}, SHA-256 `{}`", line(&file.name), file.hash)?;
                    }
                }
            }
            for sign_off in &one.sign_offs {
                writeln!(
                    o,
                    "- Signed off by {} on {}. {}",
                    line(&sign_off.name),
                    time(sign_off.at),
                    line(&sign_off.text)
                )?;
            }
        }
        if let Some(watch) = &hotfix.monitoring {
            writeln!(
                o,
                "\n## Monitoring\n\nFrom {} to {} in {}.\n",
                time(watch.from),
                time(watch.until),
                line(&watch.environment)
            )?;
            for breach in &hotfix.breaches {
                writeln!(
                    o,
                    "- {} over its limit on {}: {} {}",
                    line(&breach.probe),
                    time(breach.at),
                    line(&breach.detail),
                    line(&breach.resolution)
                )?;
            }
        }
        if !hotfix.feedback.is_empty() {
            writeln!(o, "\n## Feedback\n")?;
            for one in &hotfix.feedback {
                writeln!(o, "- {} of 5, {}: {}", one.score, line(&one.from.name), line(&one.text))?;
            }
        }
        for note in &hotfix.support_notes {
            writeln!(o, "- Asked of support: {}", line(&note.text))?;
        }
        if !hotfix.lessons.is_empty() {
            writeln!(o, "\n## Lessons\n\n{}", plain(&hotfix.lessons))?;
        }
        Ok(())
    };
    write().map_err(|_| crate::error::Error::internal("The report could not be written."))?;
    let entries = timeline::all(read, &hotfix.key.0)?;
    out.push_str("\n## Everything that happened\n\n| When | Who | What |\n|---|---|---|\n");
    for entry in &entries {
        out.push_str(&format!(
            "| {} | {} | {} |\n",
            time(entry.at),
            line(&entry.actor_name),
            line(&entry.text)
        ));
    }
    let (seq, hash): (i64, Vec<u8>) = read.db.query_row(
        "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    out.push_str(&format!(
        "\nWritten from the journal up to record {seq}, whose hash is `{}`.\n",
        hex::encode(hash)
    ));
    Ok(out)
}
