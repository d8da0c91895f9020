//! Whose sign-offs are wanted before a deployment is done, and how each of them stands.
//!
//! What is wanted is copied onto the deployment when it is planned; who is of a team or has a role is asked anew
//! each time. Another's signature stands for nobody who is named, and none stands for other bytes.

use super::{Ledger, Missing, one_of};
use crate::{
    clock::Instant,
    event::words::*,
    model::{
        Judge,
        deployment::{Deployment, SignOff},
        facts::Facts,
        hotfix::Hotfix,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A person, or somebody of a team, with a role or of the reporters, has not signed.
pub const NAMED: &str = "named_sign_off_missing";
/// Somebody has said that they do not sign.
pub const REFUSED: &str = "sign_off_refused";

/// How a sign-off that is wanted stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignOffState {
    Open,
    Signed,
    Refused,
}

/// One sign-off that is wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct WantedSignOff {
    /// `person/mia`, `team/support`, `role/stakeholder`, `reporters`.
    pub id: String,
    /// "Mia Stone", "Somebody of Support", "A stakeholder", "Whoever reported it".
    pub who: String,
    /// Who of the catalog can give it.
    pub people: Vec<PersonId>,
    /// Who else can: reporters that the catalog does not have.
    pub others: Vec<String>,
    pub state: SignOffState,
    /// Who gave or refused it.
    pub by: String,
    pub at: Option<Instant>,
    /// The newest other revision that they signed in this environment: this one has not been looked at.
    pub before: Option<u32>,
}

impl WantedSignOff {
    /// "Mia Stone has not signed off: signed r1, r2 has not been looked at."
    fn sentence(&self, revision: u32) -> String {
        match self.before {
            Some(before) => format!(
                "{} has not signed off: signed r{before}, r{revision} has not been looked at.",
                self.who
            ),
            None => format!("{} has not signed off.", self.who),
        }
    }
}

/// One requirement: how it is called, who can give it, and which signature fits.
struct Requirement<'a> {
    id: String,
    who: String,
    people: Vec<PersonId>,
    others: Vec<String>,
    fits: Box<dyn Fn(&SignOff) -> bool + 'a>,
}

/// Everything that the plan wants, in the order of the policy's form.
pub fn wanted(
    facts: &Facts,
    hotfix: &Hotfix,
    deployment: &Deployment,
) -> Judge<Vec<WantedSignOff>> {
    if deployment.sign_off_by.is_empty() {
        return Ok(Vec::new());
    }
    let earlier: Vec<&Deployment> = facts
        .deployments(hotfix)?
        .into_iter()
        .filter(|one| one.environment == deployment.environment && one.hash != deployment.hash)
        .collect();
    let stand = |requirement: Requirement| {
        let ours = |one: &&SignOff| one.hash == deployment.hash && (requirement.fits)(one);
        let signed = deployment.sign_offs.iter().rev().find(ours);
        let refused = deployment.refusals.iter().rev().find(ours);
        let (state, said) = match (signed, refused) {
            (Some(signed), _) => (SignOffState::Signed, Some(signed)),
            (None, Some(refused)) => (SignOffState::Refused, Some(refused)),
            (None, None) => (SignOffState::Open, None),
        };
        let before = earlier
            .iter()
            .rev()
            .find(|one| one.sign_offs.iter().any(|said| (requirement.fits)(said)))
            .filter(|_| said.is_none());
        WantedSignOff {
            state,
            by: said.map(|said| called(facts, said)).unwrap_or_default(),
            at: said.map(|said| said.at),
            before: before.map(|one| one.revision),
            id: requirement.id,
            who: requirement.who,
            people: requirement.people,
            others: requirement.others,
        }
    };
    Ok(requirements(facts, hotfix, &deployment.sign_off_by)?.into_iter().map(stand).collect())
}

fn called(facts: &Facts, said: &SignOff) -> String {
    match (&said.person, said.name.is_empty()) {
        (Some(person), true) => facts.name_of(person),
        _ => said.name.clone(),
    }
}

fn requirements<'a>(
    facts: &Facts,
    hotfix: &Hotfix,
    by: &'a SignOffBy,
) -> Judge<Vec<Requirement<'a>>> {
    let of = |people: Vec<PersonId>| -> Box<dyn Fn(&SignOff) -> bool> {
        Box::new(move |said| said.person.as_ref().is_some_and(|one| people.contains(one)))
    };
    let mut all = Vec::new();
    for person in &by.people {
        facts.person(person);
        all.push(Requirement {
            id: format!("person/{person}"),
            who: facts.name_of(person),
            people: vec![person.clone()],
            others: Vec::new(),
            fits: of(vec![person.clone()]),
        });
    }
    for id in &by.teams {
        let team = facts.team(id);
        let people = team.map(|team| team.members.clone()).unwrap_or_default();
        let name = team.map_or_else(|| id.0.clone(), |team| team.name.clone());
        all.push(Requirement {
            id: format!("team/{id}"),
            who: format!("Somebody of {name}"),
            people: people.clone(),
            others: Vec::new(),
            fits: of(people),
        });
    }
    for role in &by.roles {
        let people: Vec<PersonId> = facts
            .people()
            .filter(|one| one.roles.contains(role))
            .map(|one| one.id.clone())
            .collect();
        let name = super::roles(&[*role]);
        let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
        all.push(Requirement {
            id: format!("role/{}", name.replace(' ', "_")),
            who: format!("{article} {name}"),
            people: people.clone(),
            others: Vec::new(),
            fits: of(people),
        });
    }
    if by.reporters {
        let names = reporters(facts, hotfix)?;
        let known = |name: &&String| facts.people().find(|one| same(&one.name, name));
        all.push(Requirement {
            id: "reporters".into(),
            who: "Whoever reported it".into(),
            people: names
                .iter()
                .filter_map(|name| known(&name))
                .map(|one| one.id.clone())
                .collect(),
            others: names.iter().filter(|name| known(name).is_none()).cloned().collect(),
            fits: Box::new(|said| said.reporter),
        });
    }
    Ok(all)
}

/// Who reported the hot fix's issues, by name, each once.
pub fn reporters(facts: &Facts, hotfix: &Hotfix) -> Judge<Vec<String>> {
    facts.expect(hotfix.issues.iter().map(|issue| issue.0.as_str()))?;
    let mut names: Vec<String> = Vec::new();
    for key in &hotfix.issues {
        let name = facts.issue(key)?.text.reporter.name.trim().to_owned();
        if !name.is_empty() && !names.iter().any(|one| same(one, &name)) {
            names.push(name);
        }
    }
    Ok(names)
}

/// The same name, as people write it.
pub fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Everything about sign-offs that shuts the gate, each reason with who clears it.
pub(super) fn ask(
    ledger: &mut Ledger,
    facts: &Facts,
    hotfix: &Hotfix,
    deployment: &Deployment,
) -> Judge<()> {
    enough(ledger, deployment);
    for one in wanted(facts, hotfix, deployment)? {
        let found = match one.state {
            SignOffState::Signed => Ok(format!("{} has signed off.", one.by)),
            // It is said as what it is.
            SignOffState::Refused => continue,
            SignOffState::Open => {
                let asked: Vec<String> = one
                    .people
                    .iter()
                    .map(|person| facts.name_of(person))
                    .chain(one.others.iter().cloned())
                    .collect();
                let remedy = match asked.as_slice() {
                    [] => "Nobody can: give somebody that role, or override it.".to_owned(),
                    names => format!(
                        "Ask {} to sign off here, or record the answer and how it came.",
                        one_of(names)
                    ),
                };
                let sentence = one.sentence(deployment.revision);
                let mut missing =
                    Missing::new("validate", sentence, remedy).about([&one.id].into_iter());
                missing.who.extend(one.people.iter().map(|person| person.0.clone()));
                missing.who.extend(one.others.iter().cloned());
                Err(missing)
            }
        };
        ledger.want(NAMED, found);
    }
    for said in deployment.refusals.iter().filter(|one| one.hash == deployment.hash) {
        let name = called(facts, said);
        let why = said.text.trim().trim_end_matches('.');
        let missing = Missing::new(
            "validate",
            format!("{name} does not sign off: {why}."),
            "Settle it with them and record that they sign, deploy again, or override it with a reason.",
        )
        .who(said.person.as_ref().map_or_else(|| name.clone(), |person| person.0.clone()))
        // An older refusal that was gone through says nothing about this one.
        .about([said.at].into_iter());
        ledger.want(REFUSED, Err(missing));
    }
    Ok(())
}

/// As many as the policy wants, whoever they are.
fn enough(ledger: &mut Ledger, deployment: &Deployment) {
    let given = deployment.sign_offs.iter().filter(|one| one.hash == deployment.hash).count();
    let wanted = deployment.sign_offs_wanted as usize;
    if wanted > 0 {
        ledger.want(
            "sign_off_missing",
            super::when(
                given >= wanted,
                format!("{} given.", super::count(given, "sign-off")),
                Missing::new(
                    "validate",
                    format!("{given} of {} given.", super::count(wanted, "sign-off")),
                    "Ask the people who complained whether it is over for them.",
                )
                .who("stakeholders"),
            ),
        );
    }
}
