//! The catalog's objects are saved and retired; the workspace's own settings are changed.
//!
//! What would make a later stage fail is refused here, with the field that is wrong.

mod access;
pub mod calendar;
mod endpoint;
mod messenger;
mod publish;
mod rollout;
pub mod rota;
pub mod shifts;
pub mod signing;
mod signing_off;
mod source;

pub use endpoint::check as check_endpoint;
pub use messenger::check as check_messenger;

use super::{Command, Done, required};
use crate::{
    calendar::{Rule, Span, recurrence},
    error::{Error, Result},
    event::{Event, PersonText, stream, words::*},
    model::{
        Actor, Decide, Decided, Judge, State, how,
        markdown::wrong_link,
        probe, reached,
        template::{example, own, said},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};
use ts_rs::TS;

/// Save a catalog object, new or changed. `base` is the version the edit is based on.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SaveObject {
    pub object: CatalogObject,
    #[serde(default)]
    #[ts(type = "number | null", optional)]
    pub base: Option<u64>,
}

impl Command for SaveObject {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let object = &self.object;
        check_id(object.id())?;
        required("name", object.name(), "The name")?;
        let version =
            state.catalog.entry(object.kind(), object.id()).map_or(0, |(version, _)| version);
        super::unchanged(self.base, version, object.name())?;
        state.object(object.kind(), object.id());
        check(object, state)?;
        Ok(Decided::new(Done {}).with(
            stream::catalog(object.kind(), object.id()),
            Event::CatalogSaved { object: object.clone(), private: PersonText::default() },
        ))
    }
}

fn check_id(id: &str) -> Result<()> {
    let fine = !id.is_empty()
        && id.len() <= 64
        && id.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte)
        });
    if fine && id != "engine" {
        return Ok(());
    }
    Err(Error::field(
        "id",
        format!("“{}” cannot be a key.", id.chars().take(40).collect::<String>()),
    )
    .hint("Use small letters, digits, - and _: shop, eu-west-1."))
}

fn check(object: &CatalogObject, state: &State) -> Result<()> {
    match object {
        CatalogObject::Person(person) => {
            if person.roles.is_empty() {
                return Err(Error::field("roles", "Give the person at least one role."));
            }
            check_zone("zone", &person.zone)?;
            check_calendar(person.calendar.as_ref(), state)?;
            match &person.hours {
                Some(hours) => hours.check().map_err(|error| error.within("hours")),
                None => Ok(()),
            }
        }
        CatalogObject::Team(team) => {
            for member in &team.members {
                if state.catalog.person(member).is_none() {
                    return Err(Error::field("members", format!("There is no person “{member}”.")));
                }
            }
            Ok(())
        }
        CatalogObject::Product(product) => check_product(product, state),
        CatalogObject::Endpoint(endpoint) => endpoint::check(endpoint),
        CatalogObject::Policy(policy) => {
            let any = policy.approvals > 0 || !policy.each_role.is_empty();
            if policy.approver_roles.is_empty()
                && policy.approvals as usize > policy.each_role.len()
            {
                return Err(Error::field("approver_roles", "Say which roles may approve."));
            }
            if policy.soak_minutes > 365 * 24 * 60 {
                return Err(Error::field("soak_minutes", "More than a year is no soak time."));
            }
            if any && policy.approval_hours == 0 {
                return Err(Error::field(
                    "approval_hours",
                    "An approval must hold for at least an hour.",
                ));
            }
            signing_off::check(&policy.sign_off_by, state)
        }
        CatalogObject::Rubric(rubric) => {
            for priority in Priority::ALL {
                if !rubric.targets.iter().any(|target| target.priority == priority) {
                    return Err(Error::field(
                        "targets",
                        format!("{} has no deadlines.", priority.name()),
                    ));
                }
            }
            check_calendar(rubric.calendar.as_ref(), state)?;
            rubric.hours.check().map_err(|error| error.within("hours"))
        }
        CatalogObject::Checklist(list) => {
            let mut seen = BTreeSet::new();
            for (index, item) in list.items.iter().enumerate() {
                required(&format!("items.{index}.text"), &item.text, "The text of the step")?;
                if let Some(link) = wrong_link(&item.instructions) {
                    let link: String = link.chars().take(80).collect();
                    return Err(Error::field(
                        format!("items.{index}.instructions"),
                        format!("The link to “{link}” would not open."),
                    )
                    .hint("Links lead to web pages (https://…) and mail addresses (mailto:…)."));
                }
                if item.kind == CheckKind::Procedure && item.how.is_automatic() {
                    return Err(Error::field(
                        format!("items.{index}.how"),
                        "A step before the start is ticked by hand.",
                    )
                    .hint(
                        "Choose By hand, or another kind: functional, regression or acceptance.",
                    ));
                }
                how::check(&item.how)
                    .and_then(|()| reached::suits(item.how.reached_by(), state))
                    .map_err(|error| error.within(&format!("items.{index}.how")))?;
                if !seen.insert(&item.id) {
                    return Err(Error::field(
                        format!("items.{index}.id"),
                        format!("Two steps have the key “{}”.", item.id),
                    ));
                }
            }
            if let Some(standard) = &list.standard {
                required("standard.covers", &standard.covers, "What it covers")?;
            }
            Ok(())
        }
        CatalogObject::Template(template) => {
            required("subject", &template.subject, "The subject")?;
            required("body", &template.body, "The text")?;
            // For whomever: where it cannot be said in public, that is said before it is sent.
            let values = example(template.readers.unwrap_or(Readers::Internal));
            said(template, None, &values)?;
            for channel in template.texts.keys() {
                if own(template, *channel).is_none() {
                    return Err(Error::field(
                        format!("texts.{}.text", channel.name()),
                        "There are no words for this channel.",
                    )
                    .hint("Write some, or take the channel away: it says the main text then."));
                }
                said(template, Some(*channel), &values)?;
            }
            Ok(())
        }
        CatalogObject::Audience(audience) => {
            if !audience.affected && audience.people.is_empty() && audience.teams.is_empty() {
                return Err(Error::field("people", "An audience needs somebody in it."));
            }
            if let Quiet::Own(quiet) = &audience.quiet {
                check_calendar(Some(&quiet.calendar), state)
                    .map_err(|error| error.within("quiet"))?;
            }
            super::check_leads("tell.before_minutes", &audience.tell.before_minutes)
        }
        CatalogObject::Source(source) => source::check(source, state),
        CatalogObject::PublishedCalendar(calendar) => publish::check(calendar, state),
        CatalogObject::Messenger(messenger) => messenger::check(messenger),
        CatalogObject::Access(access) => access::check(access, state),
        CatalogObject::Calendar(entry) => {
            calendar::check_people(entry.purpose, &entry.people, state)?;
            calendar::check_replaces(entry, state)?;
            recurrence::check(&entry.rule).map_err(|error| error.within("rule"))
        }
        CatalogObject::BusinessCalendar(calendar) => {
            calendar.hours.check().map_err(|error| error.within("hours"))
        }
    }
}

fn check_calendar(id: Option<&CatalogId>, state: &State) -> Result<()> {
    match id.filter(|id| state.catalog.business_calendar(id).is_none()) {
        None => Ok(()),
        Some(id) => Err(Error::field("calendar", format!("There is no business calendar “{id}”."))
            .hint("Settings, Business hours lists them.")),
    }
}

/// Who counts in a business calendar: taking it away would move their deadlines unseen.
fn relies_on(state: &State, id: &str) -> Judge<Option<String>> {
    if state.workspace()?.quiet.as_ref().is_some_and(|quiet| quiet.calendar.0 == id) {
        return Ok(Some("People are left alone outside of it.".into()));
    }
    let named = |calendar: &Option<CatalogId>| calendar.as_ref().is_some_and(|one| one.0 == id);
    Ok(state.catalog.all().find_map(|(_, object)| match object {
        CatalogObject::Rubric(rubric) if named(&rubric.calendar) => {
            Some(format!("The rubric “{}” counts in it.", rubric.name))
        }
        CatalogObject::Person(person) if named(&person.calendar) => {
            Some(format!("{} works by it.", person.name))
        }
        CatalogObject::Audience(Audience { quiet: Quiet::Own(quiet), name, .. })
            if quiet.calendar.0 == id =>
        {
            Some(format!("“{name}” is left alone outside of it."))
        }
        _ => None,
    }))
}

fn check_product(product: &Product, state: &State) -> Result<()> {
    check_tests(product)?;
    for (index, other) in product.depends_on.iter().enumerate() {
        let at = format!("depends_on.{index}");
        if other == &product.id {
            return Err(Error::field(at, "A product does not depend on itself."));
        }
        if state.catalog.product(other).is_none() {
            return Err(Error::field(at, format!("There is no product “{other}”."))
                .hint("Settings, Products lists them."));
        }
    }
    if product.environments.is_empty() {
        return Err(Error::field("environments", "A product needs at least one environment."));
    }
    for (index, environment) in product.environments.iter().enumerate() {
        rollout::check(&environment.rollout, &format!("environments.{index}.rollout"), state)?;
    }
    let mut seen = BTreeSet::new();
    for (index, environment) in product.environments.iter().enumerate() {
        let at = |field: &str| format!("environments.{index}.{field}");
        check_id(&environment.id).map_err(|error| error.at(at("id")))?;
        required(&at("name"), &environment.name, "The environment's name")?;
        if !seen.insert(&environment.id) {
            return Err(Error::field(
                at("id"),
                format!("Two environments have the key “{}”.", environment.id),
            ));
        }
        let mut targets = BTreeSet::new();
        for (row, target) in environment.targets.iter().enumerate() {
            let here = at(&format!("targets.{row}.id"));
            check_id(&target.id).map_err(|error| error.at(here.clone()))?;
            if !targets.insert(&target.id) {
                return Err(Error::field(
                    here,
                    format!("Two targets have the key “{}”.", target.id),
                ));
            }
        }
        let mut probes = BTreeSet::new();
        for (row, probe) in environment.probes.iter().enumerate() {
            let place = at(&format!("probes.{row}"));
            check_id(&probe.id).map_err(|error| error.at(format!("{place}.id")))?;
            if !probes.insert(&probe.id) {
                let message = format!("Two probes have the key “{}”.", probe.id);
                return Err(Error::field(format!("{place}.id"), message));
            }
            required(&format!("{place}.name"), &probe.name, "The probe's name")?;
            probe::check(probe)
                .and_then(|()| reached::suits(probe.reached_by(), state))
                .map_err(|error| error.within(&place))?;
        }
    }
    Ok(())
}

fn check_tests(product: &Product) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (index, command) in product.tests.iter().enumerate() {
        let at = |field: &str| format!("tests.{index}.{field}");
        required(&at("name"), &command.name, "The name of the suite")?;
        if !seen.insert(command.name.trim()) {
            return Err(Error::field(
                at("name"),
                format!("Two commands are for the suite “{}”.", command.name),
            ));
        }
        how::program(&command.argv, &command.report, command.timeout_minutes)
            .map_err(|error| error.within(&format!("tests.{index}")))?;
    }
    if let Some(place) = &product.checks {
        required("checks.project", &place.project, "The project at the CI system")?;
    }
    Ok(())
}

fn check_zone(field: &str, zone: &str) -> Result<()> {
    jiff::tz::TimeZone::get(zone).map(|_| ()).map_err(|_| {
        Error::field(field, format!("“{zone}” is not a time zone."))
            .hint("One looks like Europe/Berlin.")
    })
}

/// When a rule takes place next, while it is being written.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct PreviewRule {
    pub rule: Rule,
    /// At most 50; 5 if left out.
    #[serde(default)]
    pub count: Option<u32>,
}

/// Until when occurrences are looked for: a year holds those of a frequent rule, ten the others.
const AHEAD: [u64; 2] = [366, 10 * 366];

impl PreviewRule {
    /// The occurrences that have not ended, the earliest first.
    pub fn judge(&self, _: &State, by: &Actor) -> Judge<Vec<Span>> {
        let count = self.count.unwrap_or(5).clamp(1, 50) as usize;
        let mut found = Vec::new();
        for days in AHEAD {
            let to = by.at.plus(Duration::from_secs(days * 24 * 3600));
            found =
                recurrence::expand(&self.rule, by.at, to).map_err(|error| error.within("rule"))?;
            if found.len() >= count {
                break;
            }
        }
        found.truncate(count);
        Ok(found)
    }
}

/// Take an object out of use. What was made with it keeps its copy.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RetireObject {
    pub kind: String,
    pub id: String,
}

impl Command for RetireObject {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        if state.object(&self.kind, &self.id).is_none() {
            return Err(
                Error::field("id", format!("There is no {} “{}”.", self.kind, self.id)).into()
            );
        }
        if self.kind == "business_calendar"
            && let Some(relies) = relies_on(state, &self.id)?
        {
            return Err(Error::denied(relies).hint("Choose other hours there first.").into());
        }
        if self.kind == "access"
            && let Some(used) = reached::uses(&state.catalog, &self.id).next()
        {
            let message = format!("{} reaches its host by it.", used.whose);
            return Err(Error::denied(message).hint("Choose another access there first.").into());
        }
        Ok(Decided::new(Done {}).with(
            stream::catalog(&self.kind, &self.id),
            Event::CatalogRetired { id: self.id.clone() },
        ))
    }
}

/// The first event of a workspace. Only the desk asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CreateWorkspace {
    pub name: String,
    pub zone: String,
}

impl Command for CreateWorkspace {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        required("name", &self.name, "The workspace's name")?;
        check_zone("zone", &self.zone)?;
        if state.workspace()?.version > 0 {
            return Err(Error::denied("The workspace exists already.").into());
        }
        Ok(Decided::new(Done {}).with(
            stream::WORKSPACE,
            Event::WorkspaceCreated { name: self.name.clone(), zone: self.zone.clone() },
        ))
    }
}

/// Let messages leave the building, or keep them in.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SetDryRun {
    pub on: bool,
}

impl Command for SetDryRun {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let mut decided = Decided::new(Done {});
        if state.workspace()?.dry_run != self.on {
            decided.push(stream::WORKSPACE, Event::DryRunSet { on: self.on });
        }
        Ok(decided)
    }
}

/// When people are left alone, where their audience says nothing else; at no time, if none are named.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SetQuietHours {
    #[serde(default)]
    pub quiet: Option<QuietHours>,
}

impl Command for SetQuietHours {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let mut decided = Decided::new(Done {});
        check_calendar(self.quiet.as_ref().map(|quiet| &quiet.calendar), state)
            .map_err(|error| error.within("quiet"))?;
        if state.workspace()?.quiet != self.quiet {
            decided.push(stream::WORKSPACE, Event::QuietHoursSet { quiet: self.quiet.clone() });
        }
        Ok(decided)
    }
}

/// Let test commands be run from here, or not. They are programs of this machine that run with the
/// rights of whoever sits here.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AllowTestCommands {
    pub on: bool,
}

impl Command for AllowTestCommands {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let mut decided = Decided::new(Done {});
        if state.workspace()?.test_commands != self.on {
            decided.push(stream::WORKSPACE, Event::TestCommandsAllowed { on: self.on });
        }
        Ok(decided)
    }
}

/// Say who sits at this desk. In a local workspace this is honest book-keeping, and journaled.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ChooseProfile {
    pub person: PersonId,
}

impl Command for ChooseProfile {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        state.person(&self.person)?;
        Ok(Decided::new(Done {})
            .with(stream::WORKSPACE, Event::ProfileChosen { person: self.person.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn refused(object: Value) -> String {
        let object: CatalogObject = serde_json::from_value(object).unwrap();
        check(&object, &State::default()).unwrap_err().location.unwrap()
    }

    fn product(target: &str, url: &str, every_seconds: u32) -> Value {
        json!({
            "kind": "product", "id": "shop", "name": "Shop",
            "environments": [{
                "id": "staging", "name": "Staging", "production": false, "soak_minutes": 0,
                "targets": [
                    { "id": "eu-1", "wave": 1, "endpoint": "deployer", "params": {} },
                    { "id": target, "wave": 1, "endpoint": "deployer", "params": {} },
                ],
                "probes": [{
                    "id": "health", "name": "Health", "url": url, "method": "GET", "body": "",
                    "expect_status": 200, "expect_text": "", "max_millis": null,
                    "every_seconds": every_seconds, "failure_limit": 1, "error_limit": 1,
                }],
            }],
        })
    }

    #[test]
    fn a_mistake_deep_in_a_product_is_refused_at_the_very_row() {
        let url = "https://shop.example.org/healthz";
        assert_eq!(refused(product("eu-1", url, 60)), "environments.0.targets.1.id");
        assert_eq!(refused(product("EU 2", url, 60)), "environments.0.targets.1.id");
        assert_eq!(refused(product("eu-2", "healthz", 60)), "environments.0.probes.0.url");
        assert_eq!(refused(product("eu-2", url, 0)), "environments.0.probes.0.every_seconds");
        let measured = |by: &str, query: &str| {
            let mut product = product("eu-2", url, 60);
            let probe = &mut product["environments"][0]["probes"][0];
            (probe["by"], probe["query"]) = (by.into(), query.into());
            product
        };
        assert_eq!(refused(measured("prometheus", " ")), "environments.0.probes.0.query");
        assert_eq!(refused(measured("prometheus", "up")), "environments.0.probes.0.at_most");
        assert_eq!(refused(measured("endpoint", "")), "environments.0.probes.0.by");
    }

    #[test]
    fn a_rule_and_business_hours_name_their_field_within_the_object() {
        let rule = json!({ "start": "soon", "zone": "UTC", "duration_minutes": 60 });
        let calendar = json!({
            "kind": "calendar", "id": "night", "name": "Night", "purpose": "freeze", "rule": rule,
        });
        assert_eq!(refused(calendar), "rule.start");
        let mut rubric = serde_json::to_value(CatalogObject::Rubric(Rubric::default())).unwrap();
        rubric["hours"]["zone"] = json!("Berlin");
        assert_eq!(refused(rubric), "hours.zone");
    }

    #[test]
    fn instructions_with_a_link_that_would_not_open_are_refused_at_their_step() {
        let list = |instructions: &str| {
            json!({
                "kind": "checklist", "id": "usual", "name": "Usual", "items": [
                    { "id": "a", "kind": "procedure", "text": "Look", "required": true },
                    {
                        "id": "b", "kind": "procedure", "text": "Drain", "required": true,
                        "instructions": instructions,
                    },
                ],
            })
        };
        assert_eq!(refused(list("See [it](file:///srv/run.txt)")), "items.1.instructions");
        assert_eq!(refused(list("See [it](run-book)")), "items.1.instructions");
        for fine in ["", "See https://wiki.example/run or [write](mailto:ops@acme.example)."] {
            check(&serde_json::from_value(list(fine)).unwrap(), &State::default()).unwrap();
        }
    }

    #[test]
    fn a_template_that_could_not_be_sent_is_refused_while_it_is_written() {
        let template = |body: &str| {
            json!({
                "kind": "template", "id": "fixed", "name": "Fixed", "purpose": "fixed",
                "subject": "Fixed: {{ title }}", "body": body,
            })
        };
        assert_eq!(refused(template("Dear {{ customer }}")), "body");
        assert_eq!(refused(template("{% if workaround %}")), "body");
        let own = |channel: &str, subject: &str, text: &str| {
            let mut object = template("{{ solution }}");
            object["texts"] = json!({ channel: { "subject": subject, "text": text } });
            object
        };
        assert_eq!(refused(own("desktop", "", "{{ customer }}")), "texts.desktop.text");
        let subject = own("mail_draft", "{{ title", "{{ solution }}");
        assert_eq!(refused(subject), "texts.mail_draft.subject");
        // A channel that was named and says nothing is a mistake, not the main text.
        assert_eq!(refused(own("clipboard", " ", "")), "texts.clipboard.text");
        for fine in [template("{{ solution }}"), own("desktop", "", "{{ key }} is over")] {
            let fine = serde_json::from_value(fine).unwrap();
            check(&fine, &State::default()).unwrap();
        }
    }

    #[test]
    fn a_rule_tells_its_next_occurrences_and_only_those_that_have_not_ended() {
        let by = Actor {
            person: "rita".into(),
            device: "desk".into(),
            at: "2026-11-24T22:30:00Z".parse().unwrap(),
        };
        let preview = |rrule: Option<&str>| {
            let rule = Rule {
                start: "2026-11-10T22:00".into(),
                zone: "UTC".into(),
                duration_minutes: 60,
                rrule: rrule.map(Into::into),
                ..Rule::default()
            };
            let found = PreviewRule { rule, count: Some(2) }.judge(&State::default(), &by);
            let Ok(found) = found else { panic!("the rule can be followed") };
            found.iter().map(|span| span.start.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            preview(Some("FREQ=WEEKLY;BYDAY=TU")),
            ["2026-11-24T22:00:00Z", "2026-12-01T22:00:00Z"]
        );
        // Every other year is found although the first of them lies beyond twelve months.
        assert_eq!(
            preview(Some("FREQ=YEARLY;INTERVAL=2")),
            ["2028-11-10T22:00:00Z", "2030-11-10T22:00:00Z"]
        );
        assert!(preview(None).is_empty());
    }
}
