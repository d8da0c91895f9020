//! Sign-offs as decisions: whose they have to be, what stands for them, and what shuts the gate.

use super::{
    check_tests::deploy,
    planning_tests::{P, World, policy},
};
use crate::{
    error::{Error, Kind},
    event::{BuildNotes, Event, words::*},
    gates::{self, signing},
    stages::{approve, configure, validate},
};

fn wanting(sign_off_by: SignOffBy) -> World {
    let mut world = World::new();
    world.save(CatalogObject::Team(Team {
        id: "support".into(),
        name: "Support".into(),
        members: vec!["ben".into()],
    }));
    world.save(CatalogObject::Policy(Policy { sign_off_by, ..policy() }));
    world
}

fn ben() -> SignOffBy {
    SignOffBy { people: vec!["ben".into()], ..SignOffBy::default() }
}

fn of(key: &DeploymentKey, person: Option<&str>) -> validate::RecordSignOff {
    validate::RecordSignOff {
        key: key.clone(),
        person: person.map(Into::into),
        name: String::new(),
        refused: false,
        source: None,
        text: String::new(),
        link: String::new(),
        attachments: Vec::new(),
    }
}

fn refusing(key: &DeploymentKey, person: &str, why: &str) -> validate::RecordSignOff {
    validate::RecordSignOff { refused: true, text: why.into(), ..of(key, Some(person)) }
}

/// What shuts the gate: the code, the sentence, and who clears it.
fn blockers(world: &World) -> Vec<(String, String, Vec<String>)> {
    let ship =
        world.judge(|state| gates::ship(&state.facts(world.at), &"HF-1".into(), Some(P))).unwrap();
    ship.blockers.into_iter().map(|one| (one.code, one.message, one.who)).collect()
}

fn finish(world: &mut World, key: &DeploymentKey) -> Result<(), Error> {
    world.by("ann", &validate::FinishValidation { key: key.clone() }).map(drop)
}

/// HF-1 gets other bytes.
fn rebuild(world: &mut World) {
    let mut package = {
        let hotfix = world.judge(|state| Ok(state.hotfix(&"HF-1".into())?.clone())).unwrap();
        hotfix.current().unwrap().package.clone()
    };
    (package.revision, package.hash) = (2, Digest("2".repeat(64)));
    world.happen("HF-1", "ann", Event::PackageBuilt { package, private: BuildNotes::default() });
}

#[test]
fn who_is_named_signs_in_person_and_nobody_stands_for_them() {
    let mut world = wanting(ben());
    let key = deploy(&mut world, 0);
    let open = vec![(
        signing::NAMED.to_owned(),
        "ben has not signed off.".to_owned(),
        vec!["ben".to_owned()],
    )];
    assert_eq!(blockers(&world), open);
    world.by("ann", &of(&key, Some("ann"))).unwrap();
    assert_eq!(blockers(&world), open, "another's signature");
    assert_eq!(finish(&mut world, &key).unwrap_err().kind, Kind::Denied);
    world.by("ben", &of(&key, Some("ben"))).unwrap();
    assert_eq!(blockers(&world), []);
    assert_eq!(world.deployment(&key).sign_offs[1].source, Some(SignOffSource::App));
    finish(&mut world, &key).unwrap();
}

#[test]
fn on_somebodys_behalf_it_is_said_how_the_answer_came() {
    let mut world = wanting(ben());
    let key = deploy(&mut world, 0);
    let refused = |world: &mut World, request: validate::RecordSignOff| {
        world.by("ann", &request).unwrap_err().location
    };
    let mut by_mail = of(&key, Some("ben"));
    assert_eq!(refused(&mut world, by_mail.clone()).as_deref(), Some("source"));
    by_mail.source = Some(SignOffSource::App);
    assert_eq!(refused(&mut world, by_mail.clone()).as_deref(), Some("source"), "it was not him");
    by_mail.source = Some(SignOffSource::Mail);
    assert_eq!(refused(&mut world, by_mail.clone()).as_deref(), Some("text"));
    (by_mail.text, by_mail.link) = ("All is well".into(), "https://mail.example.org/7".into());
    world.by("ann", &by_mail).unwrap();
    let said = world.deployment(&key).sign_offs[0].clone();
    assert_eq!((said.source, said.recorded_by.0.as_str()), (Some(SignOffSource::Mail), "ann"));
    assert_eq!((said.link, blockers(&world)), (by_mail.link.clone(), Vec::new()));
    assert_eq!(world.by("ann", &by_mail).unwrap_err().kind, Kind::Denied, "once is enough");
}

#[test]
fn somebody_of_a_team_and_with_a_role_is_enough_and_one_signature_counts_for_both() {
    let mut world = wanting(SignOffBy {
        teams: vec!["support".into()],
        roles: vec![Role::ReleaseManager],
        ..SignOffBy::default()
    });
    let key = deploy(&mut world, 0);
    let said: Vec<String> = blockers(&world).into_iter().map(|(_, said, _)| said).collect();
    assert_eq!(
        said,
        ["Somebody of Support has not signed off.", "A release manager has not signed off."]
    );
    world.by("ann", &of(&key, Some("ann"))).unwrap();
    assert_eq!(blockers(&world).len(), 1, "she is in no team");
    world.by("ben", &of(&key, Some("ben"))).unwrap();
    assert_eq!(blockers(&world), []);
}

#[test]
fn the_number_holds_beside_those_who_are_named() {
    let mut world = World::new();
    let both = Policy { sign_offs: 2, sign_off_by: ben(), ..policy() };
    world.save(CatalogObject::Policy(both));
    let key = deploy(&mut world, 0);
    world.by("ben", &of(&key, Some("ben"))).unwrap();
    let codes: Vec<String> = blockers(&world).into_iter().map(|(code, ..)| code).collect();
    assert_eq!(codes, ["sign_off_missing"], "one of two");
    world.by("ann", &of(&key, Some("ann"))).unwrap();
    assert_eq!(blockers(&world), []);
}

#[test]
fn a_refusal_shuts_the_gate_until_they_sign_or_somebody_goes_through_just_that() {
    let mut world = wanting(ben());
    let key = deploy(&mut world, 0);
    world.by("ben", &of(&key, Some("ben"))).unwrap();
    let silent = world.by("ben", &refusing(&key, "ben", "")).unwrap_err();
    assert_eq!(silent.location.as_deref(), Some("text"));
    world.by("ben", &refusing(&key, "ben", "Totals are off.")).unwrap();
    assert!(world.deployment(&key).sign_offs.is_empty(), "it was taken back");
    let shut = blockers(&world);
    assert_eq!(shut.len(), 1, "{shut:?}");
    assert_eq!(shut[0].0, signing::REFUSED);
    assert_eq!(shut[0].1, "ben does not sign off: Totals are off.");
    // He signs after all.
    world.by("ben", &of(&key, Some("ben"))).unwrap();
    assert_eq!(blockers(&world), []);
    // What is overridden is this refusal, and not the next one; that he has not signed is another matter.
    world.by("ben", &refusing(&key, "ben", "Still off")).unwrap();
    let over = |code: &str| approve::OverrideBlocker {
        key: "HF-1".into(),
        gate: "done".into(),
        blocker: code.into(),
        environment: Some(P.into()),
        time: None,
        about: Vec::new(),
        reason: "By a cent, known, next release".into(),
    };
    world.by("ann", &over(signing::REFUSED)).unwrap();
    assert_eq!(blockers(&world), []);
    world.at = world.at.plus(std::time::Duration::from_secs(1));
    world.by("ben", &refusing(&key, "ben", "By an euro")).unwrap();
    assert_eq!(blockers(&world)[0].1, "ben does not sign off: By an euro.");
}

#[test]
fn who_has_not_signed_is_overridden_one_by_one() {
    let people = vec!["ann".into(), "ben".into()];
    let mut world = wanting(SignOffBy { people, ..SignOffBy::default() });
    deploy(&mut world, 0);
    let over = approve::OverrideBlocker {
        key: "HF-1".into(),
        gate: "done".into(),
        blocker: signing::NAMED.into(),
        environment: Some(P.into()),
        time: None,
        about: vec!["person/ben".into()],
        reason: "Ben has left".into(),
    };
    world.by("ann", &over).unwrap();
    let open = blockers(&world);
    assert_eq!((open.len(), open[0].2.as_slice()), (1, ["ann".to_owned()].as_slice()));
}

#[test]
fn a_new_revision_voids_a_sign_off_and_says_so() {
    let mut world = wanting(ben());
    let key = deploy(&mut world, 0);
    world.by("ben", &of(&key, Some("ben"))).unwrap();
    let fail = validate::FailValidation { key, reason: "Prices".into() };
    world.by("ann", &fail).unwrap();
    rebuild(&mut world);
    let again = deploy(&mut world, 120);
    let said = &blockers(&world)[0].1;
    assert_eq!(said, "ben has not signed off: signed r1, r2 has not been looked at.");
    world.by("ben", &of(&again, Some("ben"))).unwrap();
    assert_eq!(blockers(&world), []);
}

#[test]
fn an_edit_of_the_policy_does_not_reach_what_is_planned() {
    let mut world = wanting(ben());
    let key = deploy(&mut world, 0);
    world.save(CatalogObject::Policy(policy()));
    assert_eq!(blockers(&world).len(), 1);
    assert_eq!(world.deployment(&key).sign_off_by, ben());
}

#[test]
fn a_policy_wants_nobody_who_is_not_there() {
    let mut world = wanting(SignOffBy::default());
    let mut refused = |sign_off_by: SignOffBy| {
        let object = CatalogObject::Policy(Policy { sign_off_by, ..policy() });
        world.by("ann", &configure::SaveObject { object, base: None }).unwrap_err().location
    };
    let gone = SignOffBy { people: vec!["mia".into()], ..SignOffBy::default() };
    assert_eq!(refused(gone).as_deref(), Some("sign_off_by.people"));
    let gone = SignOffBy { teams: vec!["gone".into()], ..SignOffBy::default() };
    assert_eq!(refused(gone).as_deref(), Some("sign_off_by.teams"));
}

#[test]
fn a_plan_from_before_wants_nobody_in_person() {
    let world = wanting(SignOffBy::default());
    let mut old = {
        let mut world = world.clone();
        let key = deploy(&mut world, 0);
        serde_json::to_value(world.deployment(&key)).unwrap()
    };
    for field in ["sign_off_by", "refusals"] {
        old.as_object_mut().unwrap().remove(field);
    }
    let read: crate::model::deployment::Deployment = serde_json::from_value(old).unwrap();
    assert!(read.sign_off_by.is_empty() && read.refusals.is_empty());
}
