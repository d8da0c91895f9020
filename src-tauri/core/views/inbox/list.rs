//! The list of issues: what a filter lets through, in six orders, each paged by key along an index of
//! its own.

use super::{AFTER_ALL_DEADLINES, COLUMNS, IssueRow, OPEN, counted, is_open, row};
use crate::{
    error::Result,
    event::words::*,
    views::{Page, Question, Read, limit, number, place, search, word},
};
use rusqlite::types::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a list of issues is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The next deadline first; untriaged ones by age.
    #[default]
    Clock,
    Priority,
    Oldest,
    Newest,
    /// The most affected people first.
    Affected,
    /// What changed last first.
    Changed,
}

impl Sort {
    /// The column it goes by, and whether downwards. The number breaks ties the same way.
    fn order(self) -> (&'static str, bool) {
        match self {
            Self::Clock => ("burn", false),
            Self::Priority => ("rank", false),
            Self::Oldest => ("num", false),
            Self::Newest => ("num", true),
            Self::Affected => ("affected", true),
            Self::Changed => ("changed_at", true),
        }
    }
}

/// List issues. Without a state, the open ones; with `all`, every one.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListIssues {
    pub state: Option<IssueState>,
    pub priority: Option<Priority>,
    pub product: Option<CatalogId>,
    pub owner: Option<PersonId>,
    pub team: Option<CatalogId>,
    /// Words that must occur.
    pub text: String,
    /// Closed, rejected, deferred and duplicate ones too.
    pub all: bool,
    pub untriaged: bool,
    /// Only those whose clock is at risk or breached.
    pub at_risk: bool,
    pub sort: Sort,
    pub after: Option<String>,
    /// At most 500; 100 if left out.
    pub limit: Option<u32>,
}

/// The keys of all issues that a filter lets through: what “select all” means.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct ListKeys {
    pub filter: ListIssues,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Keys {
    pub keys: Vec<IssueKey>,
    /// There are more than one decision can be about.
    pub more: bool,
}

/// As many as one decision may be about.
const MOST_KEYS: u32 = 2000;

/// The conditions of a list, with their values.
struct Filter {
    conditions: Vec<String>,
    values: Vec<Value>,
    /// The open ones, the others, or both.
    open: &'static [bool],
    /// Nothing but open, all or untriaged was asked for.
    plain: bool,
    untriaged: bool,
}

impl Filter {
    /// None: nothing can match.
    fn of(asked: &ListIssues, read: &Read) -> Result<Option<Self>> {
        let mut filter = Self {
            conditions: Vec::new(),
            values: Vec::new(),
            open: match (asked.state, asked.all) {
                (Some(state), _) if is_open(state) => &[true],
                (Some(_), _) => &[false],
                (None, true) => &[true, false],
                (None, false) => &[true],
            },
            plain: false,
            untriaged: asked.untriaged,
        };
        if let Some(state) = asked.state {
            filter.add("state = ?", word(state));
        }
        if let Some(priority) = asked.priority {
            filter.add("rank = ?", i64::from(priority.rank()));
        }
        if let Some(product) = &asked.product {
            filter.add("product = ?", product.0.clone());
        }
        if let Some(owner) = &asked.owner {
            filter.add("owner = ?", owner.0.clone());
        }
        if let Some(team) = &asked.team {
            filter.add("team = ?", team.0.clone());
        }
        if !asked.text.trim().is_empty() {
            // Only punctuation was typed: nothing can match it.
            let Some((found, words)) = search::condition(read, &asked.text)? else {
                return Ok(None);
            };
            filter.add(&found, words);
        }
        if asked.at_risk {
            filter.add("risk_at <= ?", read.now.micros());
        }
        filter.plain = filter.conditions.is_empty();
        if asked.untriaged {
            // Where they stand by the clock is said as well, so that a walk along it begins there.
            let untriaged = format!("state = 'new' AND rank = 9 AND burn >= {AFTER_ALL_DEADLINES}");
            filter.conditions.push(untriaged);
        }
        Ok(Some(filter))
    }

    /// Adds a condition with one value.
    fn add(&mut self, sql: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.conditions.push(sql.replace('?', &format!("?{}", self.values.len())));
    }

    /// Behind the place where the page before ended.
    fn behind(&mut self, sort: Sort, first: i64, num: i64) {
        let (column, down) = sort.order();
        let than = if down { '<' } else { '>' };
        if column == "num" {
            self.add(&format!("num {than} ?"), num);
            return;
        }
        self.values.extend([first.into(), num.into()]);
        let last = self.values.len();
        self.conditions.push(format!("({column}, num) {than} (?{}, ?{last})", last - 1));
    }

    /// The rows in order, at most so many. The open ones and the others are two walks along the same
    /// index, so each stops as soon as it has enough.
    fn sql(&self, columns: &str, sort: Sort, limit: u32) -> String {
        let (column, down) = sort.order();
        let way = if down { " DESC" } else { "" };
        let order = match column {
            "num" => format!("num{way}"),
            _ => format!("{column}{way}, num{way}"),
        };
        let walk = |open: &bool| {
            let mut conditions = vec![format!("open = {}", u8::from(*open))];
            conditions.extend(self.conditions.iter().cloned());
            format!(
                "SELECT {columns}, {column} AS place FROM issues WHERE {} ORDER BY {order} LIMIT {limit}",
                conditions.join(" AND ")
            )
        };
        match self.open {
            [one] => walk(one),
            both => {
                let walks: Vec<String> =
                    both.iter().map(|open| format!("SELECT * FROM ({})", walk(open))).collect();
                format!(
                    "SELECT * FROM ({}) ORDER BY place{way}, num{way} LIMIT {limit}",
                    walks.join(" UNION ALL ")
                )
            }
        }
    }

    /// How many there are; counting stops at a thousand where it would have to look at each.
    fn total(&self, read: &Read) -> Result<u64> {
        if self.plain {
            return counted(read, self.open.len() > 1, self.untriaged);
        }
        let mut conditions = self.conditions.clone();
        if let [open] = self.open {
            conditions.push(format!("open = {}", u8::from(*open)));
        }
        let total: i64 = read
            .db
            .prepare_cached(&format!(
                "SELECT count(*) FROM (SELECT 1 FROM issues WHERE {} LIMIT 1000)",
                conditions.join(" AND ")
            ))?
            .query_row(rusqlite::params_from_iter(&self.values), |row| row.get(0))?;
        Ok(total.unsigned_abs())
    }
}

impl Question for ListIssues {
    type Answer = Page<IssueRow>;

    fn ask(&self, read: &Read) -> Result<Page<IssueRow>> {
        let limit = limit(self.limit, 100, 500);
        let Some(mut filter) = Filter::of(self, read)? else {
            return Ok(Page { rows: Vec::new(), next: None, total: 0 });
        };
        let total = filter.total(read)?;
        if let Some(place) = place(self.after.as_deref())? {
            let first = place.first().copied().unwrap_or(0);
            filter.behind(self.sort, first, place.last().copied().unwrap_or(0));
        }
        let mut statement = read.db.prepare_cached(&filter.sql(COLUMNS, self.sort, limit + 1))?;
        let mut found: Vec<(IssueRow, i64)> = statement
            .query_map(rusqlite::params_from_iter(&filter.values), |found| {
                Ok((row(found, read.now)?, found.get("place")?))
            })?
            .collect::<Result<_, _>>()?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = found
            .last()
            .filter(|_| more)
            .map(|(issue, place)| format!("{place}.{}", number(&issue.key.0)));
        Ok(Page { rows: found.into_iter().map(|(issue, _)| issue).collect(), next, total })
    }
}

impl Question for ListKeys {
    type Answer = Keys;

    fn ask(&self, read: &Read) -> Result<Keys> {
        let Some(filter) = Filter::of(&self.filter, read)? else {
            return Ok(Keys { keys: Vec::new(), more: false });
        };
        let sql = filter.sql("num", self.filter.sort, MOST_KEYS + 1);
        let mut keys: Vec<IssueKey> = read
            .db
            .prepare_cached(&sql)?
            .query_map(rusqlite::params_from_iter(&filter.values), |found| {
                Ok(IssueKey(format!("ISS-{}", found.get::<_, i64>("num")?)))
            })?
            .collect::<Result<_, _>>()?;
        let more = keys.len() > MOST_KEYS as usize;
        keys.truncate(MOST_KEYS as usize);
        Ok(Keys { keys, more })
    }
}

/// The open issues of a person (or, without an owner, of their teams) whose clock is at risk.
pub fn at_risk_of(read: &Read, most: u32) -> Result<Vec<IssueRow>> {
    let teams: Vec<String> = read
        .catalog
        .of_kind("team")
        .filter_map(|object| match object {
            CatalogObject::Team(team) if team.members.contains(&read.me) => Some(team.id.0.clone()),
            _ => None,
        })
        .collect();
    let mut rows = Vec::new();
    let mut look = |of: &str, whose: &str| -> Result<()> {
        let mut statement = read.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM issues WHERE {of} = ?1 AND risk_at <= ?2 AND {OPEN}
             ORDER BY risk_at LIMIT {most}"
        ))?;
        let found = statement
            .query_map(rusqlite::params![whose, read.now.micros()], |found| row(found, read.now))?;
        for one in found {
            rows.push(one?);
        }
        Ok(())
    };
    look("owner", &read.me.0)?;
    for team in &teams {
        look("owner IS NULL AND team", team)?;
    }
    rows.truncate(most as usize);
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    const SORTS: [Sort; 6] =
        [Sort::Clock, Sort::Priority, Sort::Oldest, Sort::Newest, Sort::Affected, Sort::Changed];

    fn plan(db: &Connection, sql: &str, values: &[Value]) -> String {
        let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let lines = statement
            .query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>("detail"))
            .unwrap();
        lines.map(Result::unwrap).collect::<Vec<_>>().join("\n")
    }

    /// What it costs must not grow with the number of issues: no order is made by sorting them.
    #[test]
    fn every_order_walks_along_its_own_index() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../inbox.sql")).unwrap();
        for sort in SORTS {
            let mut filter = Filter {
                conditions: Vec::new(),
                values: Vec::new(),
                open: &[true],
                plain: true,
                untriaged: false,
            };
            filter.add("product = ?", "shop".to_owned());
            filter.behind(sort, 1, 2);
            let one = plan(&db, &filter.sql(COLUMNS, sort, 101), &filter.values);
            assert!(one.contains("USING INDEX issues_by_"), "{sort:?}: {one}");
            assert!(!one.contains("TEMP B-TREE"), "{sort:?}: {one}");
            // Of all, only the rows of two walks that have ended are put in order.
            filter.open = &[true, false];
            let both = plan(&db, &filter.sql(COLUMNS, sort, 101), &filter.values);
            assert_eq!(both.matches("USING INDEX issues_by_").count(), 2, "{sort:?}: {both}");
            let steps: Vec<&str> = both.lines().collect();
            for pair in steps.windows(2).filter(|pair| pair[1].contains("TEMP B-TREE")) {
                assert!(pair[0].starts_with("SCAN (subquery"), "{sort:?}: {both}");
            }
        }
    }
}
