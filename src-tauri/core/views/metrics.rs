//! How fast, how safely and how well hot fixes are made: each measure with its formula, its series
//! over weeks or months, and the rows behind it.
//!
//! The first five follow dora.dev (2026-01), where a deployment counts once and a milestone that was
//! skipped has no value, never zero. Durations are medians. `metrics/fold.rs` keeps the tables,
//! `metrics/figure.rs` adds them up, and `metrics/rows.rs` and `metrics/csv.rs` show what is behind it.
//! Absent: any weighing of people.

mod csv;
mod figure;
mod fold;
mod rows;

pub use csv::{AskMetricsCsv, MetricsCsv};
pub use rows::{AskMetricRows, MetricPart, MetricRow, MetricRows};

pub(super) use fold::apply;

use super::{Question, Read};
use crate::{
    calendar::{Every, Span, periods},
    clock::Instant,
    error::Result,
    event::words::*,
};
use rusqlite::types::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// The measures of a period: by default the ninety days until now.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct AskMetrics {
    /// The first instant of the period.
    pub from: Option<Instant>,
    /// Its end, which is not part of it.
    pub to: Option<Instant>,
    pub product: Option<CatalogId>,
    /// What was given to this team; what was given to none is the product's team's.
    pub team: Option<CatalogId>,
    /// What the series are made of; months by default where the period is longer than half a year.
    pub every: Option<Every>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Metrics {
    pub from: Instant,
    pub to: Instant,
    /// Where the period before begins, which is as long and ends at `from`.
    pub before_from: Instant,
    pub every: Every,
    /// In which weeks and months begin.
    pub zone: String,
    pub figures: Vec<Figure>,
}

/// One measure over the period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Figure {
    pub measure: Metric,
    pub name: String,
    /// What is counted, from when to when, and what is not, in words.
    pub formula: String,
    pub unit: MetricUnit,
    pub better: Better,
    /// None where nothing has a value.
    pub value: Option<f64>,
    /// Of how many rows the value is made.
    #[ts(type = "number")]
    pub of: u64,
    /// Of a share: how many of them count.
    #[ts(type = "number | null")]
    pub part: Option<u64>,
    /// Rows of the period without a value, because a milestone was skipped or is still ahead.
    #[ts(type = "number")]
    pub without: u64,
    /// The value of the period before.
    pub before: Option<f64>,
    #[ts(type = "number")]
    pub before_of: u64,
    pub points: Vec<MetricPoint>,
}

/// One week or month of a series, cut where the period begins and ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MetricPoint {
    pub from: Instant,
    pub to: Instant,
    /// None where nothing has a value; of a frequency, how many there were.
    pub value: Option<f64>,
    #[ts(type = "number")]
    pub of: u64,
    #[ts(type = "number | null")]
    pub part: Option<u64>,
}

/// What is measured. `production` is what the catalog calls so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Median of `deployed − first commit` over the production deployments that were deployed in the
    /// period. The first commit is the earliest author date among the hot fix's changes; without
    /// one, or where it lies after the deployment, there is no value.
    LeadTime,
    /// Distinct deployments that reached production in the period, releases that were recorded or
    /// heard included, divided by its weeks so far.
    DeploymentFrequency,
    /// Hot fix deployments to production that failed (`fold::CAUSES`) ÷ those that were deployed, or
    /// failed before they were, in the period. Releases are not among them: nobody here watched them.
    ChangeFailRate,
    /// Median of `recovered − failed` over the production deployments that failed in the period.
    /// Recovered is the end of its rollback, or the next deployment of the same hot fix, or of one
    /// that followed it, that was deployed there.
    RecoveryTime,
    /// Production deployments of hot fixes that are about an incident in production ÷ deployments and
    /// releases that reached production in the period. It is one if an issue of the hot fix was not
    /// found by a test and not said to be of an environment that is not production.
    ReworkRate,
    /// Median of `first decision − reported` over the issues reported in the period. Decisions are
    /// triage, a question to the reporter, deferring, rejecting, merging, and taking it into a hot fix.
    AcknowledgeTime,
    /// Deadlines that were met ÷ deadlines that fell due in the period (to respond and to resolve,
    /// each on its own). One whose clock stood still then, or whose issue had been deferred, rejected
    /// or merged before, was not due.
    SlaKept,
    /// Hot fixes that came back until now (a confirmed recurrence, or another hot fix for the same) ÷
    /// hot fixes that reached production for the first time in the period.
    RecurrenceRate,
    /// Reports that became one more person of a known issue ÷ those and new issues, in the period.
    /// What was merged later had not been recognised.
    FirstContactDuplicates,
    /// Mean of the scores from 1 to 5 that were given in the period.
    Feedback,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricUnit {
    Seconds,
    PerWeek,
    /// From 0 to 1.
    Share,
    /// From 1 to 5.
    Score,
}

/// Which direction is the good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    Less,
    More,
    /// It depends on what there is to do.
    Neither,
}

/// A measure in words and in SQL.
struct Formula {
    name: &'static str,
    words: &'static str,
    unit: MetricUnit,
    better: Better,
    /// What the two milestones of a row are called; empty where there is none.
    began: &'static str,
    ended: &'static str,
    from: &'static str,
    /// The instant by which a row belongs to a period; it is indexed.
    at: &'static str,
    only: &'static str,
    /// Of a duration both ends, of a share whether the row counts, of a score the score.
    value: &'static str,
    /// Into what its rows are parted: a column, none of which is NULL where the row has a part.
    parts: Option<&'static str>,
    rows: rows::Columns,
}

impl Metric {
    pub const ALL: [Self; 10] = [
        Self::LeadTime,
        Self::DeploymentFrequency,
        Self::ChangeFailRate,
        Self::RecoveryTime,
        Self::ReworkRate,
        Self::AcknowledgeTime,
        Self::SlaKept,
        Self::RecurrenceRate,
        Self::FirstContactDuplicates,
        Self::Feedback,
    ];

    fn formula(self) -> Formula {
        use {Better::*, MetricUnit::*};
        match self {
            Self::LeadTime => Formula {
                name: "Lead time",
                words: "From the earliest commit of a hot fix’s changes until it was deployed to \
                    production. The median of all production deployments of the period; one without \
                    a commit is not among them.",
                unit: Seconds,
                better: Less,
                began: "Committed",
                ended: "Deployed",
                from: "metric_deployments",
                at: "deployed_at",
                only: "hotfix IS NOT NULL",
                value: "deployed_at - commit_at",
                parts: None,
                rows: rows::Columns {
                    began: "commit_at",
                    ended: "deployed_at",
                    ..rows::DEPLOYMENT
                },
            },
            Self::DeploymentFrequency => Formula {
                name: "Deployment frequency",
                words: "Deployments that reached production, each once, divided by the weeks of the \
                    period so far. Releases that were recorded, or heard from an endpoint, count too; \
                    so the bars show how many there were.",
                unit: PerWeek,
                better: Neither,
                began: "",
                ended: "Deployed",
                from: "metric_deployments",
                at: "deployed_at",
                only: "1",
                value: "1",
                parts: None,
                rows: rows::Columns { ended: "deployed_at", ..rows::DEPLOYMENT },
            },
            Self::ChangeFailRate => Formula {
                name: "Change fail rate",
                words: "Of the hot fix deployments that went to production, those that somebody had \
                    to do something about: the deployment or its validation failed, it was rolled \
                    back, its trouble came back, one of its issues was opened again, or another hot \
                    fix followed. Releases of others are not among them.",
                unit: Share,
                better: Less,
                began: "Deployed",
                ended: "Failed",
                from: "metric_deployments",
                at: "at",
                only: "hotfix IS NOT NULL",
                value: "failed_at IS NOT NULL",
                parts: Some("cause"),
                rows: rows::Columns {
                    began: "deployed_at",
                    ended: "failed_at",
                    why: rows::WHY,
                    ..rows::DEPLOYMENT
                },
            },
            Self::RecoveryTime => Formula {
                name: "Recovery time",
                words: "From the moment at which a production deployment failed until its rollback \
                    was done, or until the next deployment of that hot fix, or of one that followed \
                    it, was there. The median of what failed in the period; what has not recovered \
                    is not among them.",
                unit: Seconds,
                better: Less,
                began: "Failed",
                ended: "Recovered",
                from: "metric_deployments",
                at: "failed_at",
                only: "hotfix IS NOT NULL",
                value: "recovered_at - failed_at",
                parts: Some("cause"),
                rows: rows::Columns {
                    began: "failed_at",
                    ended: "recovered_at",
                    why: rows::WHY,
                    ..rows::DEPLOYMENT
                },
            },
            Self::ReworkRate => Formula {
                name: "Rework rate",
                words: "Of all deployments and releases that reached production, the deployments of \
                    hot fixes that nobody had planned: an issue of theirs came from production, not \
                    from a test and not from another environment.",
                unit: Share,
                better: Less,
                began: "",
                ended: "Deployed",
                from: "metric_deployments",
                at: "deployed_at",
                only: "1",
                value: "incident",
                parts: None,
                rows: rows::Columns { ended: "deployed_at", ..rows::DEPLOYMENT },
            },
            Self::AcknowledgeTime => Formula {
                name: "Time to acknowledge",
                words: "From a report until the first decision about it: triaged, asked back, \
                    deferred, rejected, merged, or taken into a hot fix. The median of what was \
                    reported in the period; what still waits is not among them.",
                unit: Seconds,
                better: Less,
                began: "Reported",
                ended: "Acknowledged",
                from: "metric_reports",
                at: "at",
                only: "known = 0",
                value: "acknowledged_at - at",
                parts: None,
                rows: rows::Columns { began: "at", ended: "acknowledged_at", ..rows::ISSUE },
            },
            Self::SlaKept => Formula {
                name: "SLA kept",
                words: "Of the deadlines that fell due in the period, to respond and to resolve each \
                    on its own, those that were met. Where the clock stood still, or the issue had \
                    been deferred, rejected or merged before, nothing was due.",
                unit: Share,
                better: More,
                began: "Due",
                ended: "Met",
                from: "metric_deadlines",
                at: "due",
                only: "1",
                value: "kept",
                parts: None,
                rows: rows::Columns {
                    began: "due",
                    ended: "met_at",
                    why: "'to ' || what",
                    id: "issue * 2 + (what = 'resolve')",
                    ..rows::ISSUE
                },
            },
            Self::RecurrenceRate => Formula {
                name: "Recurrence rate",
                words: "Of the hot fixes that reached production for the first time in the period, \
                    those whose trouble came back since: a recurrence was confirmed, or another hot \
                    fix was started for the same.",
                unit: Share,
                better: Less,
                began: "Shipped",
                ended: "Came back",
                from: "metric_hotfixes",
                at: "shipped_at",
                only: "1",
                value: "came_back_at IS NOT NULL",
                parts: None,
                rows: rows::Columns {
                    began: "shipped_at",
                    ended: "came_back_at",
                    why: "because",
                    ..rows::HOTFIX
                },
            },
            Self::FirstContactDuplicates => Formula {
                name: "First-contact duplicates",
                words: "Of all reports of the period, those that were recognised while they came in: \
                    the person was added to a known issue. What was merged later had not been \
                    recognised.",
                unit: Share,
                better: More,
                began: "",
                ended: "Reported",
                from: "metric_reports",
                at: "at",
                only: "1",
                value: "known",
                parts: None,
                rows: rows::Columns { ended: "at", ..rows::ISSUE },
            },
            Self::Feedback => Formula {
                name: "Feedback",
                words: "The mean of the scores that people gave about a fix in the period, from 1 \
                    (useless) to 5 (perfect).",
                unit: Score,
                better: More,
                began: "",
                ended: "Said",
                from: "metric_feedback JOIN metric_hotfixes ON num = hotfix",
                at: "at",
                only: "1",
                value: "score",
                parts: Some("score"),
                rows: rows::Columns { id: "seq", ended: "at", why: "score", ..rows::HOTFIX },
            },
        }
    }
}

/// What is asked, made definite.
struct Asked {
    within: Span,
    every: Every,
    zone: String,
    /// When the journal begins.
    begun: Instant,
    filter: String,
    /// What stands in the filter, from `?3` on.
    values: Vec<Value>,
}

/// How long a period is where nobody says.
const USUAL: Duration = Duration::from_secs(90 * 86_400);
/// A longer one is shown in months.
const LONG: Duration = Duration::from_secs(183 * 86_400);

impl Asked {
    fn new(asked: &AskMetrics, read: &Read) -> Result<Self> {
        let to = asked.to.unwrap_or(read.now);
        let from = asked.from.unwrap_or_else(|| to.minus(USUAL));
        let within = Span::new(from, to);
        let long = within.duration() > LONG;
        let zone = read.judge(|state| Ok(state.workspace()?.zone.clone()))?;
        let begun: Option<i64> = read
            .db
            .prepare_cached("SELECT min(recorded_at) FROM journal WHERE seq = 1")?
            .query_row([], |row| row.get(0))?;
        let begun = Instant::from_micros(begun.unwrap_or(i64::MAX));
        let mut filter = String::new();
        let mut values: Vec<Value> = Vec::new();
        if let Some(product) = &asked.product {
            values.push(product.0.clone().into());
            filter.push_str(" AND product = ?3");
        }
        if let Some(team) = &asked.team {
            values.push(team.0.clone().into());
            let (own, theirs) = (values.len() + 2, values.len() + 3);
            let products: Vec<_> = read
                .catalog
                .products()
                .filter(|product| product.team.as_ref() == Some(team))
                .map(|product| product.id.0.as_str())
                .collect();
            values.push(serde_json::to_string(&products)?.into());
            filter.push_str(&format!(
                " AND (team = ?{own} OR team IS NULL AND product IN \
                 (SELECT value FROM json_each(?{theirs})))"
            ));
        }
        let every = asked.every.unwrap_or(if long { Every::Month } else { Every::Week });
        Ok(Self { within, every, zone, begun, filter, values })
    }

    /// Whether a count says something: before anybody wrote anything down, nothing is not zero.
    fn knows(&self, count: u64, span: Span) -> bool {
        count > 0 || self.begun < span.end
    }

    /// The values for a statement: the bounds, then the filter's. What lies ahead is no row yet.
    fn bounds(&self, span: Span, read: &Read) -> Vec<Value> {
        let now = read.now.plus(Duration::from_micros(1));
        let mut all: Vec<Value> =
            vec![span.start.micros().into(), span.end.min(now).micros().into()];
        all.extend(self.values.iter().cloned());
        all
    }
}

impl Question for AskMetrics {
    type Answer = Metrics;

    fn ask(&self, read: &Read) -> Result<Metrics> {
        let asked = Asked::new(self, read)?;
        let points = periods::periods(asked.within, asked.every, &asked.zone)?;
        let figures = Metric::ALL.iter().map(|one| figure::figure(read, &asked, &points, *one));
        Ok(Metrics {
            from: asked.within.start,
            to: asked.within.end,
            before_from: periods::before(asked.within).start,
            every: asked.every,
            figures: figures.collect::<Result<_>>()?,
            zone: asked.zone,
        })
    }
}
