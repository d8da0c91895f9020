//! Who is busy with how much, and who is there now: asked where something is given to somebody. Counted
//! along indexes and over the open hot fixes; never a walk over all issues.

use super::{Question, Read, board, waiting};
use crate::{
    clock::Instant,
    error::Result,
    event::words::*,
    gates,
    model::{Judge, State},
};
use rusqlite::{OptionalExtension, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// The load of everybody, or of one team's members.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct AskLoad {
    pub team: Option<CatalogId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Load {
    /// Who is there first, the least busy of them first.
    pub people: Vec<PersonLoad>,
    pub teams: Vec<TeamLoad>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PersonLoad {
    pub person: PersonId,
    pub name: String,
    pub roles: Vec<Role>,
    pub teams: Vec<CatalogId>,
    /// Open hot fixes that they have.
    pub hotfixes: u32,
    /// Open issues that they have, counted up to a thousand.
    pub issues: u32,
    /// Of those, how many are at risk or late, counted up to a thousand.
    pub at_risk: u32,
    /// What waits for them and for nobody else: their approvals, gates, deadlines and mentions.
    pub waiting: u32,
    /// They are there now.
    pub there: bool,
    /// Until when they are there; none around the clock.
    pub until: Option<Instant>,
    /// When they are back; none while they are there, or if that is not in sight.
    pub back_at: Option<Instant>,
    pub zone: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TeamLoad {
    pub team: CatalogId,
    pub name: String,
    pub members: Vec<PersonId>,
    /// How many of its members are there now.
    pub there: u32,
    /// Open hot fixes that it has and none of its members.
    pub hotfixes: u32,
    /// Open issues that it has and none of its members, counted up to a thousand.
    pub issues: u32,
}

/// Counting stops here: more is more than enough.
const MOST: u32 = 1000;
/// A stretch that ends later than this has no end that matters today.
const FAR: std::time::Duration = std::time::Duration::from_secs(3 * 86_400);

const OWNED: &str = "SELECT count(*) FROM (SELECT 1 FROM issues INDEXED BY issues_owned
    WHERE open = 1 AND owner = ?1 LIMIT ?2)";
const OWNED_AT_RISK: &str = "SELECT count(*) FROM (SELECT 1 FROM issues INDEXED BY issues_owned
    WHERE open = 1 AND owner = ?1 AND risk_at <= ?3 LIMIT ?2)";
const OF_TEAM: &str = "SELECT count(*) FROM (SELECT 1 FROM issues INDEXED BY issues_of_team
    WHERE open = 1 AND owner IS NULL AND team = ?1 LIMIT ?2)";

impl Question for AskLoad {
    type Answer = Load;

    fn ask(&self, read: &Read) -> Result<Load> {
        let wanted = self.team.as_ref().and_then(|team| read.catalog.team(team));
        let everybody: Vec<&Person> = read
            .catalog
            .people()
            .filter(|person| wanted.is_none_or(|team| team.members.contains(&person.id)))
            .collect();
        let fixes = Fixes::count(read)?;
        let mut people = Vec::new();
        for person in everybody {
            people.push(load_of(read, person, &fixes)?);
        }
        people.sort_by_cached_key(|one| {
            (!one.there, one.hotfixes, one.waiting, one.issues, one.name.to_lowercase())
        });
        let there: Vec<&PersonId> =
            people.iter().filter(|one| one.there).map(|one| &one.person).collect();
        let mut teams = Vec::new();
        for team in read.catalog.teams().filter(|one| wanted.is_none_or(|only| only.id == one.id)) {
            teams.push(TeamLoad {
                team: team.id.clone(),
                name: team.name.clone(),
                there: team.members.iter().filter(|one| there.contains(one)).count() as u32,
                members: team.members.clone(),
                hotfixes: fixes.of_teams.get(&team.id.0).copied().unwrap_or(0),
                issues: count(read, OF_TEAM, params![team.id.0, MOST])?,
            });
        }
        teams.sort_by_cached_key(|team| team.name.to_lowercase());
        Ok(Load { people, teams })
    }
}

fn load_of(read: &Read, person: &Person, fixes: &Fixes) -> Result<PersonLoad> {
    let id = &person.id.0;
    let at_risk = count(read, OWNED_AT_RISK, params![id, MOST, read.now.micros()])?;
    let mentions = count(
        read,
        "SELECT count(*) FROM (SELECT 1 FROM mentions WHERE person = ?1 LIMIT ?2)",
        params![id, MOST],
    )?;
    // Hours that cannot be read are refused when they are saved; an older record must not make the
    // whole list unreadable.
    let next = read.catalog.next_there(person, read.now);
    let there = next.filter(|span| span.start <= read.now);
    Ok(PersonLoad {
        person: person.id.clone(),
        name: person.name.clone(),
        roles: person.roles.clone(),
        teams: read.catalog.teams_of(&person.id).map(|team| team.id.clone()).collect(),
        hotfixes: fixes.of_people.get(id).copied().unwrap_or(0),
        issues: count(read, OWNED, params![id, MOST])?,
        at_risk,
        waiting: at_risk + mentions + fixes.waiting.get(id).copied().unwrap_or(0),
        there: there.is_some(),
        until: there.map(|span| span.end).filter(|end| end.since(read.now) < FAR),
        back_at: next.filter(|_| there.is_none()).map(|span| span.start),
        zone: person.zone.clone(),
    })
}

fn count(read: &Read, sql: &str, values: impl rusqlite::Params) -> Result<u32> {
    let n: Option<i64> =
        read.db.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
    Ok(n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0))
}

/// What the open hot fixes mean for each person, gathered in one walk over them.
#[derive(Default)]
struct Fixes {
    of_people: BTreeMap<String, u32>,
    of_teams: BTreeMap<String, u32>,
    waiting: BTreeMap<String, u32>,
}

impl Fixes {
    fn count(read: &Read) -> Result<Self> {
        let mut all = Self::default();
        for key in board::keys(read, board::OPEN)? {
            let (owner, team, waits) = read.judge(|state| of_hotfix(state, &key, read.now))?;
            let add = |to: &mut BTreeMap<String, u32>, who: String| {
                *to.entry(who).or_default() += 1;
            };
            match (owner, team) {
                (Some(owner), _) => add(&mut all.of_people, owner.0),
                (None, Some(team)) => add(&mut all.of_teams, team.0),
                (None, None) => {}
            }
            for person in waits {
                add(&mut all.waiting, person.0);
            }
        }
        Ok(all)
    }
}

type OfHotfix = (Option<PersonId>, Option<CatalogId>, Vec<PersonId>);

/// Who has it, and whom in person it waits for: for whoever has it at its gate, and for those whose
/// approval was asked for.
fn of_hotfix(state: &State, key: &HotfixKey, now: Instant) -> Judge<OfHotfix> {
    let hotfix = state.hotfix(key)?;
    let mut waits = waiting::asked_of(state, hotfix, now)?;
    if let Some(owner) = &hotfix.owner {
        let ship = gates::ship(&state.facts(now), key, None)?;
        if waiting::for_a_person(&ship) {
            waits.push(owner.clone());
        }
    }
    Ok((hotfix.owner.clone(), hotfix.team.clone(), waits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    /// What it costs must not grow with the number of issues.
    #[test]
    fn nobodys_load_is_counted_by_looking_at_all_issues() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("inbox.sql")).unwrap();
        for (sql, index) in
            [(OWNED, "issues_owned"), (OWNED_AT_RISK, "issues_owned"), (OF_TEAM, "issues_of_team")]
        {
            let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let values: &[&dyn rusqlite::ToSql] =
                if sql.contains("?3") { &[&"sam", &MOST, &1] } else { &[&"sam", &MOST] };
            let plan: Vec<String> = statement
                .query_map(values, |row| row.get("detail"))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            let plan = plan.join("\n");
            assert!(plan.contains("SEARCH issues USING") && plan.contains(index), "{plan}");
            assert!(!plan.contains("SCAN issues"), "{plan}");
        }
    }
}
