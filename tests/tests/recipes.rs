//! One hostile suite for every recipe that ships: the answer of a start is lost, a key comes twice,
//! a token stops working half-way, a word is unknown, a server asks to be left alone.
//!
//! The systems are contract fakes on loopback (`hotfix_tests::contracts`); the recipes go through
//! the code that carries them out for the program.

mod real;

use hotfix_core::integrations::deploy::{
    CallError, Endpoint as _, Package, Rollback, RunState, Start,
    http::RecipeEndpoint,
    recipe::{BUILT_IN, Recipe},
};
use hotfix_tests::contracts::{ALL, Contract, Fault, Phase, System};
use std::{collections::BTreeMap, future::Future};

const KEY: &str = "HF-3.r1.DEP-2.1.web-1.start.1";
/// Begins with the other one, as the tenth attempt does with the first.
const TENTH: &str = "HF-3.r1.DEP-2.1.web-1.start.10";

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn endpoint(contract: &Contract, system: &System) -> RecipeEndpoint {
    let recipe = Recipe::built_in(contract.recipe).expect("the recipe ships");
    let mut settings = map(contract.settings);
    settings.insert("base_url".into(), system.url());
    RecipeEndpoint::new(recipe, settings, map(contract.secrets), &[]).expect("it is set up")
}

fn start(key: &str) -> Start {
    let bytes = b"package".to_vec();
    Start {
        key: key.into(),
        product: "shop".into(),
        hotfix: "HF-3".into(),
        environment: "staging".into(),
        target: "web-1".into(),
        // Of the seven bytes above.
        package: Package::new(
            "HF-3.tar.zst",
            7,
            "bc4a71180870f7945155fbb02f4b0a2e3faa2a62d6d31b7039013055ed19869a",
            move || Ok(Box::new(std::io::Cursor::new(bytes.clone()))),
        ),
        variables: BTreeMap::new(),
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made").block_on(future)
}

/// How many runs there are for the key: whole, not as the beginning of another.
fn runs(system: &System, key: &str) -> usize {
    let ends = |run: &str| run.trim_end_matches(']').ends_with(key);
    system.world().runs.iter().filter(|run| ends(&run.key)).count()
}

fn set(system: &System, phase: Phase) {
    system.world().runs.last_mut().expect("there is a run").phase = phase;
}

fn each(test: impl Fn(&'static Contract, &System, &RecipeEndpoint)) {
    for contract in ALL {
        eprintln!("{}", contract.recipe);
        let system = System::start(contract);
        let endpoint = endpoint(contract, &system);
        test(contract, &system, &endpoint);
    }
}

#[test]
fn every_recipe_that_ships_is_right_and_has_its_contract() {
    for (name, text) in BUILT_IN {
        assert_eq!(Recipe::check(text), [], "{name}");
        assert!(ALL.iter().any(|contract| contract.recipe == *name), "{name} has no contract");
    }
    assert_eq!(ALL.len(), BUILT_IN.len());
}

#[test]
fn a_run_is_started_followed_and_ends_as_it_ended() {
    let ends = [
        (Phase::Succeeded, RunState::Succeeded),
        (Phase::Failed, RunState::Failed),
        (Phase::Cancelled, RunState::Cancelled),
    ];
    each(|contract, system, endpoint| {
        let name = contract.recipe;
        assert!(wait(endpoint.health()).unwrap().ok, "{name}");
        let run =
            wait(endpoint.start(&start(KEY))).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(runs(system, KEY), 1, "{name}");
        for phase in [Phase::Waiting, Phase::Running] {
            set(system, phase);
            let told = wait(endpoint.poll(&run.run)).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(told.state, RunState::Running, "{name}, {phase:?}");
        }
        let no_word = ["argo-cd", "salt"].contains(&name);
        for (phase, state) in ends {
            set(system, phase);
            let told = wait(endpoint.poll(&run.run)).unwrap_or_else(|e| panic!("{name}: {e}"));
            // Argo CD and Salt have no word for what was stopped: it failed.
            let state = if phase == Phase::Cancelled && no_word { RunState::Failed } else { state };
            assert_eq!(told.state, state, "{name}, {phase:?}");
        }
        let logs = wait(endpoint.logs(&run.run, 0, true)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let again = wait(endpoint.logs(&run.run, logs.next, true)).unwrap();
        assert_eq!(again.text, "", "{name}: what was read is read once");
    });
}

#[test]
fn a_run_is_cancelled_where_the_system_can() {
    each(|contract, system, endpoint| {
        let name = contract.recipe;
        for phase in [Phase::Waiting, Phase::Running] {
            let run = wait(endpoint.start(&start(&format!("{phase:?}{KEY}")))).unwrap().run;
            set(system, phase);
            if !endpoint.can_cancel() {
                continue;
            }
            wait(endpoint.cancel(&run)).unwrap_or_else(|error| panic!("{name}: {error}"));
            let ended = system.world().runs.last().map(|run| run.phase);
            assert_eq!(ended, Some(Phase::Cancelled), "{name}, {phase:?}");
        }
    });
}

#[test]
fn a_start_whose_answer_was_lost_is_found_and_never_made_twice() {
    each(|contract, system, endpoint| {
        let name = contract.recipe;
        wait(endpoint.start(&start(TENTH))).unwrap();
        system.world().fault = Some(Fault::AnswerLost);
        let lost = wait(endpoint.start(&start(KEY)));
        assert!(matches!(lost, Err(CallError::Unclear { .. })), "{name}: {lost:?}");
        system.world().fault = None;
        if name == "octopus" {
            // The first of its two calls is the one that is lost: there is a release and no
            // deployment of it, which nobody can take for a run, nor for nothing.
            let half = wait(endpoint.locate(KEY));
            assert!(matches!(half, Err(CallError::Unclear { .. })), "{half:?}");
            return;
        }
        assert_eq!(runs(system, KEY), 1, "{name}");
        if !endpoint.can_locate() {
            assert!(wait(endpoint.locate(KEY)).is_err(), "{name}: it ends in Unknown");
            return;
        }
        for phase in [Phase::Waiting, Phase::Running, Phase::Succeeded] {
            set(system, phase);
            let found = wait(endpoint.locate(KEY)).unwrap_or_else(|e| panic!("{name}: {e}"));
            let found = found.unwrap_or_else(|| panic!("{name}: it is not found"));
            let told = wait(endpoint.poll(&found.run)).unwrap();
            assert_eq!(told.state, found.status.state, "{name}, {phase:?}");
            let good = phase == Phase::Succeeded;
            assert_eq!(told.state == RunState::Succeeded, good, "{name}, {phase:?}");
        }
        assert_eq!(runs(system, KEY), 1, "{name}: looking starts nothing");
    });
}

#[test]
fn the_same_key_twice_is_one_run_or_is_never_sent_twice_by_itself() {
    each(|contract, system, endpoint| {
        let name = contract.recipe;
        assert_eq!(endpoint.start_is_idempotent(), contract.one_run_a_key, "{name}");
        let first = wait(endpoint.start(&start(KEY))).unwrap();
        if endpoint.can_locate() {
            let found = wait(endpoint.locate(KEY)).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(found.map(|found| found.run), Some(first.run.clone()), "{name}");
        }
        if contract.one_run_a_key {
            assert_eq!(wait(endpoint.start(&start(KEY))).unwrap().run, first.run, "{name}");
            assert_eq!(runs(system, KEY), 1, "{name}");
        }
    });
}

/// "Never arrived" ends a step as failed, so it is said only by who knows. A list that does not
/// hold the key may not have it yet, or not any more.
#[test]
fn a_key_that_nobody_sent_is_absent_only_where_the_system_can_tell() {
    each(|contract, _, endpoint| {
        let name = contract.recipe;
        wait(endpoint.start(&start(TENTH))).unwrap();
        let found = wait(endpoint.locate(KEY));
        match contract.certain {
            true => assert_eq!(found, Ok(None), "{name}"),
            false => assert!(found.is_err(), "{name}: {found:?}"),
        }
    });
}

#[test]
fn a_token_that_stops_working_half_way_is_a_refusal_and_no_end() {
    each(|contract, system, endpoint| {
        let name = contract.recipe;
        let run = wait(endpoint.start(&start(KEY))).unwrap().run;
        set(system, Phase::Running);
        system.world().fault = Some(Fault::Everything(401));
        let told = wait(endpoint.poll(&run)).unwrap_err();
        assert!(matches!(told, CallError::Refused { status: 401, .. }), "{name}: {told:?}");
        assert!(told.message().contains("token"), "{name}: {told}");
        let sent = wait(endpoint.start(&start(TENTH)));
        assert!(sent.is_err(), "{name}: {sent:?}");
        assert_eq!(runs(system, TENTH), 0, "{name}");
        system.world().fault = None;
        assert_eq!(wait(endpoint.poll(&run)).unwrap().state, RunState::Running, "{name}");
    });
}

#[test]
fn a_word_that_nobody_knows_is_unclear_and_never_success() {
    each(|contract, system, endpoint| {
        let name = contract.recipe;
        let run = wait(endpoint.start(&start(KEY))).unwrap().run;
        set(system, Phase::Strange);
        let told = wait(endpoint.poll(&run));
        // A return code that is not 0 is a failure in Salt, whichever it is.
        if name == "salt" {
            assert_eq!(told.unwrap().state, RunState::Failed);
            return;
        }
        assert!(matches!(told, Err(CallError::Unclear { .. })), "{name}: {told:?}");
    });
}

#[test]
fn a_server_that_asks_to_be_left_alone_is_heard_and_starts_nothing() {
    each(|contract, system, endpoint| {
        let name = contract.recipe;
        for status in [429, 503] {
            system.world().fault = Some(Fault::Changes(status));
            let told = wait(endpoint.start(&start(KEY))).unwrap_err();
            let (refused, after) = match told {
                CallError::Refused { retry_after, .. } => (true, retry_after),
                CallError::Unclear { retry_after, .. } => (false, retry_after),
                CallError::NotSent { message } => panic!("{name}: {message}"),
            };
            assert_eq!(after, Some(7), "{name}, {status}");
            // Behind a 503 anything may have happened; a 429 says no.
            assert_eq!(refused, status == 429, "{name}, {status}");
            assert_eq!(runs(system, KEY), 0, "{name}");
        }
        system.world().fault = None;
        let run = wait(endpoint.start(&start(KEY))).unwrap().run;
        system.world().fault = Some(Fault::Everything(503));
        let told = wait(endpoint.poll(&run));
        let Err(CallError::Refused { status: 503, retry_after: Some(7), .. }) = told else {
            panic!("{name}: {told:?}");
        };
    });
}

#[test]
fn argo_cd_goes_back_to_what_ran_before_and_follows_only_its_own_operation() {
    let contract = ALL.iter().find(|one| one.recipe == "argo-cd").unwrap();
    let system = System::start(contract);
    let endpoint = endpoint(contract, &system);
    let ours = wait(endpoint.start(&start(KEY))).unwrap().run;
    let back = |phase: Phase| {
        set(&system, phase);
        let request = Rollback {
            key: TENTH.into(),
            product: "shop".into(),
            hotfix: "HF-3".into(),
            environment: "staging".into(),
            target: "web-1".into(),
            run: None,
            to: None,
            variables: BTreeMap::new(),
        };
        let run = wait(endpoint.rollback(&request)).unwrap().run.unwrap();
        (run, system.world().notes["rollback"].clone())
    };
    // What succeeded is the last of the history, what failed is not in it.
    assert_eq!(back(Phase::Succeeded), ("revision:aaa".into(), 3.into()));
    assert_eq!(back(Phase::Failed), ("revision:bbb".into(), 4.into()));
    wait(endpoint.start(&start(TENTH))).unwrap();
    set(&system, Phase::Succeeded);
    let replaced = wait(endpoint.poll(&ours));
    assert!(matches!(replaced, Err(CallError::Unclear { .. })), "{replaced:?}");
}

#[test]
fn what_is_posted_is_signed_over_the_bytes_that_arrive() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    for contract in &ALL[..2] {
        let system = System::start(contract);
        wait(endpoint(contract, &system).start(&start(KEY))).unwrap();
        let world = system.world();
        let seen = world.requests.iter().find(|request| request.method == "POST").unwrap();
        let hub = hmac(b"hubsecret", &seen.body);
        let hex: String = hub.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(seen.header("x-hub-signature-256"), format!("sha256={hex}"));
        assert_eq!(seen.header("webhook-id"), KEY);
        let mut signed = format!("{KEY}.{}.", seen.header("webhook-timestamp")).into_bytes();
        signed.extend(&seen.body);
        let ours = STANDARD.encode(hmac(b"secretsecret", &signed));
        assert_eq!(seen.header("webhook-signature"), format!("v1,{ours}"));
    }
}

/// RFC 2104 over SHA-256, written out: another's work is what proves ours.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message);
    let outer = Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c));
    outer.chain_update(inner.finalize()).finalize().to_vec()
}
