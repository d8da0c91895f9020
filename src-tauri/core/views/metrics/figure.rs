//! One measure over a period, the period before it, and each week or month: rows counted in SQLite, and
//! durations in one pass over an index.

use super::{Asked, Figure, Formula, Metric, MetricPoint, MetricUnit};
use crate::{
    calendar::{Span, periods},
    clock::Instant,
    error::Result,
    views::Read,
};

/// What some rows come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sum {
    value: Option<f64>,
    of: u64,
    part: Option<u64>,
    without: u64,
}

pub(super) fn figure(
    read: &Read,
    asked: &Asked,
    points: &[Span],
    metric: Metric,
) -> Result<Figure> {
    let formula = metric.formula();
    let earlier = periods::before(asked.within);
    let (whole, before, sums) = if formula.unit == MetricUnit::Seconds {
        durations(read, asked, &formula, points, earlier)?
    } else {
        let sums: Vec<Sum> = points
            .iter()
            .map(|point| counted(read, asked, metric, *point))
            .collect::<Result<_>>()?;
        (together(&sums), counted(read, asked, metric, earlier)?, sums)
    };
    // A frequency is one over the whole period alone: a week that has just begun has no rate.
    let rate = |sum: Sum, span: Span| match formula.unit {
        MetricUnit::PerWeek => {
            let weeks = periods::weeks(Span::new(span.start, span.end.min(read.now)));
            (weeks > 0.0 && asked.knows(sum.of, span)).then(|| sum.of as f64 / weeks)
        }
        _ => sum.value,
    };
    let series = points.iter().zip(&sums).map(|(point, sum)| MetricPoint {
        from: point.start,
        to: point.end,
        value: sum.value,
        of: sum.of,
        part: sum.part,
    });
    Ok(Figure {
        measure: metric,
        name: formula.name.into(),
        formula: formula.words.split_whitespace().collect::<Vec<_>>().join(" "),
        unit: formula.unit,
        better: formula.better,
        value: rate(whole, asked.within),
        of: whole.of,
        part: whole.part,
        without: whole.without,
        before: rate(before, earlier),
        before_of: before.of,
        points: series.collect(),
    })
}

/// Of a share over very many rows: those of one kind, which are few and have an index of their own.
/// Counting rows costs half of what reading a column of each does.
struct Few {
    from: &'static str,
    only: &'static str,
    /// They are those that count, not those that do not.
    count: bool,
}

fn few(metric: Metric) -> Option<Few> {
    match metric {
        Metric::SlaKept => Some(Few {
            from: "metric_deadlines INDEXED BY metric_deadlines_missed",
            only: "kept = 0",
            count: false,
        }),
        Metric::FirstContactDuplicates => Some(Few {
            from: "metric_reports INDEXED BY metric_reports_known",
            only: "known = 1",
            count: true,
        }),
        _ => None,
    }
}

/// Rows counted and added up, in SQLite: of a share those that count, of a score the scores.
fn counted(read: &Read, asked: &Asked, metric: Metric, span: Span) -> Result<Sum> {
    let Formula { from, at, only, value, unit, .. } = metric.formula();
    let number = |what: &str, from: &str, only: &str| -> Result<u64> {
        let number: i64 = read
            .db
            .prepare_cached(&format!(
                "SELECT {what} FROM {from} WHERE {only} AND {at} >= ?1 AND {at} < ?2{}",
                asked.filter
            ))?
            .query_row(rusqlite::params_from_iter(asked.bounds(span, read)), |row| row.get(0))?;
        Ok(number.unsigned_abs())
    };
    let of = number("count(*)", from, only)?;
    if unit == MetricUnit::PerWeek {
        let value = asked.knows(of, span).then_some(of as f64);
        return Ok(Sum { value, of, ..Sum::default() });
    }
    let sum = match few(metric) {
        None => number(&format!("coalesce(sum({value}), 0)"), from, only)?,
        Some(few) => {
            let some = number("count(*)", few.from, few.only)?;
            if few.count { some } else { of.saturating_sub(some) }
        }
    };
    let value = (of > 0).then(|| sum as f64 / of as f64);
    let part = (unit == MetricUnit::Share).then_some(sum);
    Ok(Sum { value, of, part, without: 0 })
}

/// The same over all periods of a series, from what each came to.
fn together(sums: &[Sum]) -> Sum {
    let of: u64 = sums.iter().map(|one| one.of).sum();
    let part = sums.iter().filter_map(|one| one.part).reduce(|sum, one| sum + one);
    let weighed = sums.iter().filter_map(|one| Some(one.value? * one.of as f64)).sum::<f64>();
    let value = (of > 0).then(|| part.map_or(weighed, |part| part as f64) / of as f64);
    Sum { value, of, part, without: 0 }
}

/// Durations, in one pass over the period and the one before it.
fn durations(
    read: &Read,
    asked: &Asked,
    formula: &Formula,
    points: &[Span],
    earlier: Span,
) -> Result<(Sum, Sum, Vec<Sum>)> {
    let Formula { from, at, only, value, .. } = formula;
    let mut all: Vec<Vec<i64>> = vec![Vec::new(); points.len()];
    let mut without = vec![0; points.len()];
    let (mut before, mut before_without) = (Vec::new(), 0);
    let mut statement = read.db.prepare_cached(&format!(
        "SELECT {at}, {value} FROM {from} WHERE {only} AND {at} >= ?1 AND {at} < ?2{}",
        asked.filter
    ))?;
    let span = Span::new(earlier.start, asked.within.end);
    let mut rows = statement.query(rusqlite::params_from_iter(asked.bounds(span, read)))?;
    // They come by the index, so mostly in order: the place of the last one is tried first.
    let mut place = 0;
    while let Some(row) = rows.next()? {
        let at = Instant::from_micros(row.get(0)?);
        // A milestone that is claimed to lie before the one it follows is no duration.
        let took = row.get::<_, Option<i64>>(1)?.filter(|took| *took >= 0);
        let (values, none) = if at < asked.within.start {
            (&mut before, &mut before_without)
        } else {
            if !points[place].contains(at) {
                place = points.partition_point(|point| point.end <= at).min(points.len() - 1);
            }
            (&mut all[place], &mut without[place])
        };
        match took {
            Some(took) => values.push(took),
            None => *none += 1,
        }
    }
    let mut whole: Vec<i64> = all.concat();
    let sum = |values: &mut [i64], without: u64| Sum {
        value: median(values).map(|micros| micros / 1e6),
        of: values.len() as u64,
        part: None,
        without,
    };
    let sums = all.iter_mut().zip(&without).map(|(values, none)| sum(values, *none)).collect();
    Ok((sum(&mut whole, without.iter().sum()), sum(&mut before, before_without), sums))
}

/// The value in the middle, of an even number the mean of both; None of nothing.
fn median(values: &mut [i64]) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let even = values.len().is_multiple_of(2);
    let (lower, upper, _) = values.select_nth_unstable(middle);
    let upper = *upper as f64;
    let lower = lower.iter().max().filter(|_| even).map(|lower| *lower as f64);
    Some(lower.map_or(upper, |lower| f64::midpoint(lower, upper)))
}
