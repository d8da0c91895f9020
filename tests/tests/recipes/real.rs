//! The recipes against the real servers, and GitHub's against its own OpenAPI document.
//! `scripts/test-real.sh` starts what is needed and says where; without it these are left out.

use super::*;
use hotfix_tests::http::Http;
use std::time::{Duration, Instant};

fn real(recipe: &str, server: &str, settings: &[(&str, &str)]) -> RecipeEndpoint {
    let url = std::env::var(server).unwrap_or_else(|_| panic!("{server} is not set"));
    let mut settings = map(settings);
    settings.insert("base_url".into(), url);
    let (_, text) = BUILT_IN.iter().find(|(name, _)| *name == recipe).expect("the recipe ships");
    // GitHub recommends this Accept; its document lists application/json, and Prism knows no other.
    let text = text.replace("application/vnd.github+json", "application/json");
    let recipe = Recipe::parse(&text).expect("the recipe is right");
    let token = std::env::var(format!("{server}_TOKEN")).unwrap_or_else(|_| "t0p".into());
    RecipeEndpoint::new(recipe, settings, map(&[("token", &token)]), &[]).expect("it is set up")
}

/// Polls until the run is over; half a minute at most.
fn ended(endpoint: &RecipeEndpoint, run: &str) -> RunState {
    let begun = Instant::now();
    loop {
        let told = wait(endpoint.poll(run)).unwrap();
        if told.state != RunState::Running {
            return told.state;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{run} does not end");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// A run that goes on is found by its key: its name.
fn found_running(endpoint: &RecipeEndpoint, mark: &str) -> String {
    let slow = format!("{mark}.sleeps.1");
    let run = wait(endpoint.start(&start(&slow))).unwrap().run;
    let found = wait(endpoint.locate(&slow)).unwrap().unwrap();
    assert_eq!((found.run, found.status.state), (run.clone(), RunState::Running));
    run
}

/// A run that has ended is found by its key, and by no beginning of it.
fn found_again(endpoint: &RecipeEndpoint, mark: &str) {
    let good = format!("{mark}.good.1");
    let found = wait(endpoint.locate(&good)).unwrap().unwrap();
    assert_eq!(found.status.state, RunState::Succeeded);
    let never = wait(endpoint.locate(&format!("{mark}.good")));
    assert!(matches!(never, Err(CallError::Unclear { .. })), "{never:?}");
}

#[test]
#[ignore = "needs a real Buildbot: make test-real"]
fn buildbot_runs_a_hot_fix_finds_it_and_stops_it() {
    let settings = [("scheduler", "force"), ("builder", "deploy")];
    let endpoint = real("buildbot", "HOTFIX_BUILDBOT", &settings);
    assert!(wait(endpoint.health()).unwrap().ok);
    // Each run of this test has keys of its own: the server remembers.
    let mark = uuid::Uuid::now_v7().simple().to_string();
    let good = format!("{mark}.good.1");
    let run = wait(endpoint.start(&start(&good))).unwrap().run;
    assert_eq!(ended(&endpoint, &run), RunState::Succeeded);
    let run = wait(endpoint.start(&start(&format!("{mark}.fails.1")))).unwrap().run;
    assert_eq!(ended(&endpoint, &run), RunState::Failed);
    let run = found_running(&endpoint, &mark);
    std::thread::sleep(Duration::from_secs(2));
    wait(endpoint.cancel(&run)).unwrap();
    assert_eq!(ended(&endpoint, &run), RunState::Cancelled);
    found_again(&endpoint, &mark);
}

#[test]
#[ignore = "needs a real Salt: make test-real"]
fn salt_applies_a_hot_fix_finds_the_job_and_tells_how_it_ended() {
    let endpoint = real("salt", "HOTFIX_SALT", &[("minion", "web-1")]);
    assert!(wait(endpoint.health()).unwrap().ok);
    let mark = uuid::Uuid::now_v7().simple().to_string();
    let good = format!("{mark}.good.1");
    let run = wait(endpoint.start(&start(&good))).unwrap().run;
    assert_eq!(ended(&endpoint, &run), RunState::Succeeded);
    let told = wait(endpoint.logs(&run, 0, true)).unwrap().text;
    assert!(told.contains("HF-3 with bc4a7118"), "the pillar reaches the states: {told}");
    let run = wait(endpoint.start(&start(&format!("{mark}.fails.1")))).unwrap().run;
    assert_eq!(ended(&endpoint, &run), RunState::Failed);
    let run = found_running(&endpoint, &mark);
    assert_eq!(wait(endpoint.poll(&run)).unwrap().state, RunState::Running);
    assert_eq!(ended(&endpoint, &run), RunState::Succeeded);
    found_again(&endpoint, &mark);
}

#[test]
#[ignore = "needs Prism with GitHub's document: make test-real"]
fn githubs_own_document_accepts_the_calls_and_the_recipes_read_its_answers() {
    let url = std::env::var("HOTFIX_GITHUB").unwrap();
    let wrong = Http::new(Duration::from_secs(30))
        .post_json(
            &format!("{url}/repos/o/r/actions/workflows/w.yml/dispatches"),
            &serde_json::json!({ "inputs": 1 }),
        )
        .unwrap();
    assert_eq!(wrong.status, 422, "the document is held against what is sent: {}", wrong.text);
    let settings = [("owner", "o"), ("repository", "r"), ("workflow", "w.yml"), ("git_ref", "v1")];
    let actions = real("github-actions", "HOTFIX_GITHUB", &settings);
    assert!(wait(actions.health()).unwrap().ok);
    let started = wait(actions.start(&start(KEY))).unwrap();
    assert!(!started.run.is_empty(), "{started:?}");
    assert_eq!(wait(actions.poll("42")).unwrap().state, RunState::Running);
    wait(actions.cancel("42")).unwrap();
    let not_there = wait(actions.locate(KEY));
    assert!(matches!(not_there, Err(CallError::Unclear { .. })), "{not_there:?}");

    let deployments = real("github-deployments", "HOTFIX_GITHUB", &settings);
    let run = wait(deployments.start(&start(KEY))).unwrap().run;
    assert!(run.parse::<u64>().is_ok(), "{run}");
    assert_eq!(wait(deployments.poll(&run)).unwrap().state, RunState::Succeeded);
    assert_eq!(wait(deployments.locate(KEY)).unwrap().unwrap().run, run);
    wait(deployments.cancel(&run)).unwrap();

    let older = real("github-actions-by-name", "HOTFIX_GHES", &settings);
    assert_eq!(wait(older.start(&start(KEY))).unwrap().run, KEY);
    assert_eq!(wait(older.poll(KEY)).unwrap().state, RunState::Running);
}
