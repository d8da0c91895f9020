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
    /// Indexes that lead to what some condition lets through, each with that condition.
    ways: Vec<(&'static str, String)>,
    /// The one that leads to so few that they are best put in order afterwards.
    by: Option<&'static str>,
}

/// So few rows are sorted rather than looked for along the order of the list, where they may be
/// anywhere among all others.
const FEW: u32 = 5_000;

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
            ways: Vec::new(),
            by: None,
        };
        let only_open = matches!(filter.open, [true]);
        if let Some(state) = asked.state {
            filter.add("state = ?", word(state));
        }
        if let Some(priority) = asked.priority {
            filter.add("rank = ?", i64::from(priority.rank()));
        }
        if let Some(product) = &asked.product {
            filter.add("product = ?", product.0.clone());
            filter.way("issues_of_product");
        }
        if let Some(owner) = &asked.owner {
            filter.add("owner = ?", owner.0.clone());
            if only_open {
                filter.way("issues_owned");
            }
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
            if only_open {
                filter.way("issues_risk");
            }
        }
        filter.plain = filter.conditions.is_empty();
        if asked.untriaged {
            // Where they stand by the clock is said as well, so that a walk along it begins there.
            let untriaged = format!("state = 'new' AND rank = 9 AND burn >= {AFTER_ALL_DEADLINES}");
            filter.conditions.push(untriaged);
            filter.way("issues_new");
        }
        Ok(Some(filter))
    }

    /// Adds a condition with one value.
    fn add(&mut self, sql: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.conditions.push(sql.replace('?', &format!("?{}", self.values.len())));
    }

    /// The condition that was added last is met along this index.
    fn way(&mut self, index: &'static str) {
        let condition = self.conditions.last().cloned().unwrap_or_default();
        self.ways.push((index, condition));
    }

    /// Chooses the way that leads to few rows, if there is one. The untriaged ones are in order of the
    /// clock by themselves, however many there are.
    fn choose(&mut self, db: &rusqlite::Connection, sort: Sort) -> Result<()> {
        for (index, condition) in &self.ways {
            let open = match *index {
                "issues_of_product" => "",
                _ => " AND open = 1",
            };
            let found: u32 = db
                .prepare_cached(&format!(
                    "SELECT count(*) FROM (SELECT 1 FROM issues INDEXED BY {index}
                     WHERE {condition}{open} LIMIT {})",
                    FEW + 1
                ))?
                // Numbered as in the whole: those that this condition does not name are not used.
                .query_row(rusqlite::params_from_iter(self.values_of(condition)), |row| {
                    row.get(0)
                })?;
            if found <= FEW {
                self.by = Some(index);
                return Ok(());
            }
        }
        if self.untriaged && sort == Sort::Clock {
            self.by = Some("issues_new");
        }
        Ok(())
    }

    /// The values up to the last that a condition names.
    fn values_of(&self, condition: &str) -> &[Value] {
        let last = condition.rsplit('?').next().and_then(|number| number.parse().ok());
        &self.values[..last.unwrap_or(0)]
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
                "SELECT {columns}, {column} AS place FROM issues{} WHERE {} ORDER BY {order} LIMIT {limit}",
                self.by(),
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

    fn by(&self) -> String {
        self.by.map(|index| format!(" INDEXED BY {index}")).unwrap_or_default()
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
                "SELECT count(*) FROM (SELECT 1 FROM issues{} WHERE {} LIMIT 1000)",
                self.by(),
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
        filter.choose(read.db, self.sort)?;
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
        let Some(mut filter) = Filter::of(&self.filter, read)? else {
            return Ok(Keys { keys: Vec::new(), more: false });
        };
        filter.choose(read.db, self.filter.sort)?;
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
                ways: Vec::new(),
                by: None,
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

    /// One owner's handful among everybody's thousands is not looked for along the whole order.
    #[test]
    fn few_rows_are_found_by_their_own_index_and_many_along_the_order() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../inbox.sql")).unwrap();
        let mut insert = db
            .prepare(
                "INSERT INTO issues (num, title, state, open, rank, product, component, version, environment,
                    channel, affected, reporter, reported_by, reported_at, changed_at, workaround, burn, owner, risk_at,
                    people)
                 VALUES (?1, '', 'triaged', 1, 3, ?2, '', '', '', 'mail', 1, '', 'me', ?1, ?1, '', ?1, ?3, ?4, 0)",
            )
            .unwrap();
        for num in 0..6_000 {
            let rare = num % 1_000 == 7;
            let (product, owner) = if rare { ("rare", "rita") } else { ("shop", "sam") };
            insert.execute(rusqlite::params![num, product, owner, rare.then_some(num)]).unwrap();
        }
        let filter = |owner: &str| {
            let mut filter = Filter {
                conditions: Vec::new(),
                values: Vec::new(),
                open: &[true],
                plain: false,
                untriaged: false,
                ways: Vec::new(),
                by: None,
            };
            filter.add("rank = ?", 3);
            filter.add("owner = ?", owner.to_owned());
            filter.way("issues_owned");
            filter.choose(&db, Sort::Priority).unwrap();
            filter
        };
        for sort in SORTS {
            let of = |owner: &str| {
                let filter = filter(owner);
                let sql = filter.sql(COLUMNS, sort, 101);
                let nums: Vec<i64> = db
                    .prepare(&sql)
                    .unwrap()
                    .query_map(rusqlite::params_from_iter(&filter.values), |row| row.get("num"))
                    .unwrap()
                    .collect::<std::result::Result<_, _>>()
                    .unwrap();
                (plan(&db, &sql, &filter.values), nums)
            };
            let (few, mut nums) = of("rita");
            assert!(few.contains("USING INDEX issues_owned"), "{sort:?}: {few}");
            nums.sort_unstable();
            assert_eq!(nums, [7, 1_007, 2_007, 3_007, 4_007, 5_007], "{sort:?}");
            let (many, nums) = of("sam");
            assert!(many.contains("USING INDEX issues_by_"), "{sort:?}: {many}");
            assert_eq!(nums.len(), 101, "{sort:?}");
        }
        let mut at_risk = filter("nobody");
        at_risk.add("risk_at <= ?", 10_000);
        at_risk.ways.clear();
        at_risk.way("issues_risk");
        at_risk.choose(&db, Sort::Clock).unwrap();
        assert_eq!(at_risk.by, Some("issues_risk"));
    }

    /// Thousands wait for an answer and have no deadline either: the few new ones are not looked for
    /// among them.
    #[test]
    fn untriaged_ones_are_found_by_their_own_index() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../inbox.sql")).unwrap();
        let filter = |sort: Sort| {
            let condition = format!("state = 'new' AND rank = 9 AND burn >= {AFTER_ALL_DEADLINES}");
            let mut filter = Filter {
                conditions: vec![condition],
                values: Vec::new(),
                open: &[true],
                plain: true,
                untriaged: true,
                ways: Vec::new(),
                by: None,
            };
            filter.way("issues_new");
            filter.choose(&db, sort).unwrap();
            filter
        };
        let by_clock = |filter: &Filter| plan(&db, &filter.sql(COLUMNS, Sort::Clock, 21), &[]);
        assert!(by_clock(&filter(Sort::Clock)).contains("INDEX issues_new"));
        db.execute(
            "INSERT INTO issues (num, title, state, open, rank, product, component, version, environment,
                channel, affected, reporter, reported_by, reported_at, changed_at, workaround, burn, people)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
             SELECT i, '', 'new', 1, 9, 'shop', '', '', '', 'mail', 1, '', 'me', i, i, '', ?1 + i, 0 FROM n",
            [AFTER_ALL_DEADLINES],
        )
        .unwrap();
        let many = filter(Sort::Clock);
        let plan = by_clock(&many);
        assert!(plan.contains("INDEX issues_new") && !plan.contains("TEMP B-TREE"), "{plan}");
        assert_eq!(filter(Sort::Affected).by, None, "thousands are not sorted for one page");
    }
}
