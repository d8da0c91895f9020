//! Who is told of a deployment and when: decided over states in memory, through the same commands as
//! everywhere.

use super::planning_tests::{World, expected, minute, minutes, policy};
use crate::{
    event::words::*,
    gates,
    model::{
        Folded,
        notice::{NoticeState, notices},
    },
    stages::{announce, approve, schedule},
};
use proptest::prelude::*;

/// An audience that hears of everything.
fn everything(before_minutes: Vec<u32>) -> Telling {
    Telling { before_minutes, start: true, end: true, delay: true, cancel: true }
}

impl World {
    fn audience(&mut self, id: &str, environments: &[&str], tell: Telling) {
        self.save(CatalogObject::Audience(Audience {
            id: id.into(),
            name: format!("The {id}"),
            product: None,
            environments: environments.iter().map(|one| (*one).to_owned()).collect(),
            tell,
            affected: false,
            people: vec!["ann".into()],
            teams: Vec::new(),
            readers: None,
            quiet: Quiet::Workspace,
        }));
    }

    /// What has to be told now, as "audience occasion minutes".
    fn due(&self, key: &DeploymentKey) -> Vec<String> {
        notices(&self.deployment(key), self.at)
            .into_iter()
            .filter(|one| one.state == NoticeState::Due)
            .map(|one| {
                let Notice { audience, occasion, minutes, .. } = one.notice;
                format!("{audience} {occasion:?} {minutes}")
            })
            .collect()
    }

    /// Tells everybody what is due, as a person does: a message each, which then leaves.
    fn tell_all(&mut self, key: &DeploymentKey) {
        let deployment = self.deployment(key);
        for stand in notices(&deployment, self.at) {
            if stand.state != NoticeState::Due {
                continue;
            }
            let send = announce::SendMessage {
                hotfix: deployment.hotfix.clone(),
                purpose: Purpose::Scheduled,
                channel: MessageChannel::Clipboard,
                messenger: None,
                audience: Some(stand.notice.audience.clone()),
                subject: "It comes".into(),
                body: "Soon.".into(),
                notice: Some(NoticeOf { deployment: key.clone(), notice: stand.notice }),
                now: false,
            };
            let message = self.by("ann", &send).unwrap().key;
            let end = announce::EndMessage::sent(MessageKey(message), 1);
            self.by("engine", &end).unwrap();
        }
    }

    fn move_to(&mut self, key: &DeploymentKey, start: i64) {
        let moved = schedule::MoveDeployment {
            key: key.clone(),
            starts_at: minute(start),
            window_ends_at: minute(start + 60),
            automatic: false,
            expected: None,
            note: String::new(),
        };
        self.by("ann", &moved).unwrap();
    }

    /// The subjects of all reminders.
    fn reminded(&self) -> Vec<String> {
        self.streams
            .values()
            .filter_map(|folded| match folded {
                Folded::Message(one) if one.purpose == Some(Purpose::Reminder) => {
                    Some(format!("{}: {}", one.text.subject, one.text.body))
                }
                _ => None,
            })
            .collect()
    }
}

#[test]
fn an_audience_hears_of_the_environments_it_asked_for() {
    let mut world = World::new();
    let soon = Telling { before_minutes: vec![60], ..Telling::default() };
    world.audience("stores", &["production"], soon.clone());
    world.audience("everybody", &[], soon);
    world.audience("silent", &[], Telling::default());
    let usual = |environment: &str| {
        let ask =
            schedule::AskAudiences { product: "shop".into(), environment: environment.into() };
        let actor = world.actor("ann");
        let found = world.judge(|state| ask.judge(state, &actor)).unwrap();
        found.into_iter().map(|one| one.audience.0).collect::<Vec<_>>()
    };
    assert_eq!(usual("production"), ["everybody", "stores"]);
    assert_eq!(usual("staging"), ["everybody"]);
}

#[test]
fn who_was_told_of_a_start_hears_of_another_time_and_of_its_end() {
    let mut world = World::new();
    world.audience("stores", &[], everything(vec![100, 30]));
    let key = world.plan(1, minutes(200, 60), expected(10, &[])).unwrap();
    // What the catalog says later changes nothing for what is planned.
    world.audience("stores", &[], Telling::default());

    world.at = minute(50);
    assert!(world.due(&key).is_empty());
    world.at = minute(110);
    assert_eq!(world.due(&key), ["stores Before 100"]);
    world.tell_all(&key);
    assert!(world.due(&key).is_empty());

    world.move_to(&key, 260);
    assert_eq!(world.due(&key), ["stores Delay 0"], "it was told of the earlier start");
    world.tell_all(&key);
    world.at = minute(170);
    assert_eq!(
        world.due(&key),
        ["stores Before 100"],
        "its lead time came after the new time was told"
    );
    world.at = minute(235);
    assert_eq!(world.due(&key), ["stores Before 30"], "of several only the last is told");

    let cancel =
        schedule::CancelDeployment { key: key.clone(), reason: "The till is closed".into() };
    world.by("ann", &cancel).unwrap();
    assert_eq!(world.due(&key), ["stores Cancel 0"]);
    world.tell_all(&key);
    assert!(world.due(&key).is_empty());
    let told: Vec<_> = world.deployment(&key).told.iter().map(|one| one.notice.occasion).collect();
    assert_eq!(told, [Occasion::Before, Occasion::Delay, Occasion::Cancel]);
}

#[test]
fn who_heard_of_no_start_hears_of_no_other_time() {
    let mut world = World::new();
    world.audience("stores", &[], everything(vec![30]));
    let key = world.plan(1, minutes(200, 60), expected(10, &[])).unwrap();
    world.move_to(&key, 300);
    assert!(world.due(&key).is_empty());
    let cancel = schedule::CancelDeployment { key: key.clone(), reason: "No".into() };
    world.by("ann", &cancel).unwrap();
    assert!(world.due(&key).is_empty());
}

#[test]
fn a_notice_that_is_left_out_keeps_its_reason_and_is_not_asked_for_again() {
    let mut world = World::new();
    world.audience("stores", &[], everything(vec![60]));
    let key = world.plan(1, minutes(200, 60), expected(10, &[])).unwrap();
    world.at = minute(150);
    let notice = notices(&world.deployment(&key), world.at)[0].notice.clone();
    let skip = |reason: &str| schedule::SkipNotice {
        key: key.clone(),
        notice: notice.clone(),
        reason: reason.into(),
    };
    assert_eq!(world.by("ann", &skip(" ")).unwrap_err().location.as_deref(), Some("reason"));
    world.by("ann", &skip("They know")).unwrap();
    assert!(world.due(&key).is_empty());
    assert!(world.by("ann", &skip("They know")).is_err());
    // Nobody was told, so nobody has to hear of another time.
    world.move_to(&key, 300);
    assert!(world.due(&key).is_empty());
}

#[test]
fn who_is_left_out_of_another_time_is_not_told_of_what_had_come_before() {
    let mut world = World::new();
    world.audience("stores", &[], everything(vec![100, 10]));
    let key = world.plan(1, minutes(200, 60), expected(10, &[])).unwrap();
    world.at = minute(110);
    world.tell_all(&key);
    world.at = minute(120);
    world.move_to(&key, 210);
    let delay = notices(&world.deployment(&key), world.at)
        .into_iter()
        .find(|one| one.state == NoticeState::Due)
        .unwrap();
    assert_eq!(delay.notice.occasion, Occasion::Delay);
    let skip = schedule::SkipNotice {
        key: key.clone(),
        notice: delay.notice,
        reason: "Ann told them herself".into(),
    };
    world.by("ann", &skip).unwrap();
    assert!(world.due(&key).is_empty(), "{:?}", world.due(&key));
    world.at = minute(201);
    assert_eq!(world.due(&key), ["stores Before 10"]);
    let told = &world.deployment(&key).told;
    assert!(told.iter().all(|one| one.by == "ann".into()), "told by a person, sent by the engine");
}

#[test]
fn every_change_of_the_time_is_told_also_back_and_when_it_is_missed() {
    let mut world = World::new();
    world.audience("stores", &[], everything(vec![150]));
    let key = world.plan(1, minutes(200, 60), expected(10, &[])).unwrap();
    world.at = minute(60);
    world.tell_all(&key);
    for (at, start) in [(70, 202), (80, 200), (90, 202)] {
        world.at = minute(at);
        world.move_to(&key, start);
        assert_eq!(world.due(&key), ["stores Delay 0"], "moved to {start}");
        world.tell_all(&key);
        assert!(world.due(&key).is_empty());
    }
    // What does not change the time is no news.
    world.at = minute(100);
    world.move_to(&key, 202);
    assert!(world.due(&key).is_empty());
    world.at = minute(300);
    world.by("engine", &schedule::MissDeployment { key: key.clone() }).unwrap();
    assert_eq!(world.due(&key), ["stores Delay 0"], "it was missed");
}

#[test]
fn an_unknown_audience_is_refused_at_its_place() {
    let mut world = World::new();
    let plan = Expected {
        notices: Some(vec![NoticePlan { audience: "nobody".into(), tell: everything(vec![1]) }]),
        ..expected(10, &[])
    };
    let error = world.plan(1, minutes(200, 60), plan).unwrap_err();
    assert_eq!(error.location.as_deref(), Some("expected.notices.0"));
}

/// What the policy says of people who were not told, as the start gate has it.
fn untold(world: &World) -> Option<String> {
    let shown = world
        .judge(|state| gates::ship(&state.facts(world.at), &"HF-1".into(), Some("production")));
    let mut blockers = shown.unwrap().blockers.into_iter();
    blockers.find(|one| one.code == "stakeholders_untold").map(|one| one.message)
}

/// A message about HF-1 that gives no notice, and leaves.
fn say(world: &mut World) {
    let send = announce::SendMessage {
        hotfix: "HF-1".into(),
        purpose: Purpose::Scheduled,
        channel: MessageChannel::Clipboard,
        messenger: None,
        audience: Some("stores".into()),
        subject: "It comes".into(),
        body: "Soon.".into(),
        notice: None,
        now: false,
    };
    let key = MessageKey(world.by("ann", &send).unwrap().key);
    world.by("engine", &announce::EndMessage::sent(key, 1)).unwrap();
}

fn tell_before(world: &mut World) {
    world.save(CatalogObject::Policy(Policy { tell_before: true, ..policy() }));
}

#[test]
fn only_its_own_notices_open_a_start_that_people_are_to_be_told_of() {
    let mut world = World::new();
    tell_before(&mut world);
    world.audience("stores", &[], everything(vec![60]));
    world.audience("finance", &[], everything(vec![60]));
    let key = world.plan(1, minutes(200, 60), expected(10, &[])).unwrap();
    assert_eq!(untold(&world), None, "nothing is due yet");
    world.at = minute(150);
    say(&mut world);
    assert_eq!(
        untold(&world).as_deref(),
        Some("Not told of this start: The finance, The stores."),
        "a message about the hot fix is not a notice of this start"
    );
    let notice = |world: &World, of: &str| {
        let all = notices(&world.deployment(&key), world.at);
        let mut due = all.into_iter().filter(|one| one.state == NoticeState::Due);
        due.find(|one| one.notice.audience == of.into()).unwrap().notice
    };
    let skip = schedule::SkipNotice {
        key: key.clone(),
        notice: notice(&world, "finance"),
        reason: "They asked for it".into(),
    };
    world.by("ann", &skip).unwrap();
    assert_eq!(untold(&world).as_deref(), Some("Not told of this start: The stores."));
    // The start has come: they can still be told, and it still waits for it.
    world.at = minute(205);
    assert_eq!(untold(&world).as_deref(), Some("Not told of this start: The stores."));
    world.tell_all(&key);
    assert_eq!(untold(&world), None);
    world.move_to(&key, 300);
    assert!(untold(&world).is_some(), "they were told of another start");
    world.tell_all(&key);
    assert_eq!(untold(&world), None);
}

#[test]
fn where_nobody_asked_for_notices_a_message_since_the_plan_opens_the_start() {
    let mut world = World::new();
    tell_before(&mut world);
    world.audience("stores", &[], Telling::default());
    world.at = minute(10);
    say(&mut world);
    world.at = minute(20);
    world.plan(1, minutes(200, 60), expected(10, &[])).unwrap();
    assert_eq!(untold(&world).as_deref(), Some("The stakeholders have not been told."));
    world.at = minute(30);
    say(&mut world);
    assert_eq!(untold(&world), None);
}

#[test]
fn whoever_approved_is_reminded_of_the_start_as_well_as_whoever_is_still_asked() {
    let mut world = World::new();
    world.save(CatalogObject::Policy(Policy {
        approvals: 1,
        approver_roles: vec![Role::ReleaseManager],
        approval_hours: 24,
        ..policy()
    }));
    let (key, environment) = (HotfixKey::from("HF-1"), "production".to_owned());
    let plan = Expected { remind_minutes: vec![60], ..expected(10, &[]) };
    let planned = world.plan(1, minutes(200, 60), plan).unwrap();
    world
        .by("ben", &approve::Approve { key, environment, hash: None, note: String::new() })
        .unwrap();
    world.at = minute(150);
    world.by("engine", &schedule::remind::RemindOfDeployments { keys: vec![planned] }).unwrap();
    let reminded: Vec<String> = world
        .streams
        .values()
        .filter_map(|folded| match folded {
            Folded::Message(one) if one.purpose == Some(Purpose::Reminder) => Some(one),
            _ => None,
        })
        .flat_map(|one| one.text.recipients.iter().map(|to| to.contact.name.clone()))
        .collect();
    assert!(reminded.contains(&"ben".to_owned()), "{reminded:?}");
}

proptest! {
    /// Whenever this program is awake: each notice is called for once, and what was told is not called
    /// for again.
    #[test]
    fn each_notice_is_called_for_once(
        leads in prop::collection::btree_set(1u32..200, 0..5),
        mut looks in prop::collection::vec((0i64..300, any::<bool>()), 1..12),
        moved in prop::option::of((0i64..200, 100i64..400)),
    ) {
        let mut world = World::new();
        world.audience("stores", &[], everything(leads.into_iter().collect()));
        let key = world.plan(1, minutes(200, 60), expected(10, &["ann"])).unwrap();
        looks.sort_unstable();
        let mut moved = moved;
        for (look, tells) in looks {
            world.at = minute(look);
            if let Some((_, to)) = moved.take_if(|(at, to)| *at <= look && *to > look) {
                world.move_to(&key, to);
            }
            let before = world.reminded().len();
            let called = world.deployment(&key).called.len();
            let due = world.due(&key).len();
            prop_assert!(due <= 1, "one audience has one thing to hear at a time: {:?}", world.due(&key));
            let request = schedule::remind::RemindOfDeployments { keys: vec![key.clone()] };
            world.by("ann", &request).unwrap();
            let new = world.deployment(&key).called.len() - called;
            prop_assert!(world.reminded().len() - before <= usize::from(new > 0).max(due));
            world.by("ann", &request).unwrap();
            prop_assert_eq!(world.deployment(&key).called.len(), called + new, "said twice");
            prop_assert!(world.deployment(&key).remind_at().is_none_or(|at| at > world.at));
            if tells {
                world.tell_all(&key);
                prop_assert!(world.due(&key).is_empty());
            }
        }
        let deployment = world.deployment(&key);
        for one in &deployment.called {
            prop_assert_eq!(deployment.called.iter().filter(|other| *other == one).count(), 1);
        }
    }
}
