//! Build servers: Jenkins, Azure DevOps and Buildbot.

use super::{Contract, Phase, Reply, Request, Run, World};
use serde_json::{Value, json};

pub const JENKINS: Contract = Contract {
    recipe: "jenkins",
    settings: &[("job", "folder/job/deploy"), ("user", "ci")],
    secrets: &[("token", "11aa")],
    // ci:11aa
    sign_in: ("authorization", "Basic Y2k6MTFhYQ=="),
    words: ["", "", "SUCCESS", "FAILURE", "ABORTED", "DANCING"],
    certain: false,
    one_run_a_key: false,
    answer: jenkins,
};

pub const AZURE: Contract = Contract {
    recipe: "azure-devops",
    settings: &[("organization", "org"), ("project", "shop"), ("pipeline", "7")],
    secrets: &[("token", "pat1")],
    // :pat1
    sign_in: ("authorization", "Basic OnBhdDE="),
    words: [
        "inProgress",
        "inProgress",
        "completed succeeded",
        "completed failed",
        "completed canceled",
        "completed dancing",
    ],
    certain: false,
    one_run_a_key: false,
    answer: azure,
};

pub const BUILDBOT: Contract = Contract {
    recipe: "buildbot",
    settings: &[("scheduler", "force"), ("builder", "deploy"), ("user", "ci")],
    secrets: &[("token", "11aa")],
    sign_in: ("authorization", "Basic Y2k6MTFhYQ=="),
    words: ["-1", "-1", "0", "2", "6", "17"],
    certain: false,
    one_run_a_key: false,
    answer: buildbot,
};

/// A build's number is not its item's.
const NUMBER: u64 = 1000;

fn jenkins(world: &mut World, request: &Request) -> Reply {
    let parts = request.parts();
    let in_session = request.header("cookie") == "JSESSIONID.1=node01; lb=b"
        && request.header("jenkins-crumb") == "c0ffee";
    if request.method == "POST" && !in_session {
        return Reply::json(403, json!({ "message": "No valid crumb was included" }));
    }
    let parameters = |run: &Run| {
        json!([{ "_class": "hudson.model.CauseAction" },
            { "parameters": [{ "name": "HOTFIX_KEY", "value": run.key }] }])
    };
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["crumbIssuer", "api", "json"]) => {
            Reply::json(200, json!({ "crumb": "c0ffee", "crumbRequestField": "Jenkins-Crumb" }))
                .header("Set-Cookie", "JSESSIONID.1=node01; Path=/; HttpOnly")
                .header("Set-Cookie", "lb=b; Secure")
        }
        ("POST", ["job", "folder", "job", "deploy", "buildWithParameters"]) => {
            let run = world.begin(&json!(request.form().get("HOTFIX_KEY")));
            Reply::empty(201).header("Location", format!("https://ci/queue/item/{}/", run.id))
        }
        ("GET", ["queue", "api", "json"]) => {
            let waiting = world.runs.iter().filter(|run| run.phase == Phase::Waiting);
            let items: Vec<Value> =
                waiting.map(|run| json!({ "id": run.id, "actions": parameters(run) })).collect();
            Reply::json(200, json!({ "items": items }))
        }
        ("GET", ["queue", "item", id, "api", "json"]) => {
            // What has begun is forgotten soon after.
            match world.with_id(id).filter(|run| run.phase == Phase::Waiting) {
                Some(run) => {
                    Reply::json(200, json!({ "id": run.id, "why": "In the quiet period" }))
                }
                None => Reply::missing(),
            }
        }
        ("GET", ["job", "folder", "job", "deploy", "api", "json"]) => {
            let begun = world.runs.iter().rev().filter(|run| run.phase != Phase::Waiting);
            let builds: Vec<Value> = begun
                .map(|run| {
                    let building = run.phase == Phase::Running;
                    let result = (!building).then(|| world.word(run));
                    json!({
                        "number": NUMBER + run.id, "queueId": run.id, "building": building,
                        "result": result, "actions": parameters(run),
                    })
                })
                .collect();
            Reply::json(200, json!({ "name": "deploy", "builds": builds }))
        }
        ("POST", ["queue", "cancelItem"]) => world.cancel(&request.asked("id"), 204),
        ("POST", ["job", "folder", "job", "deploy", number, "stop"]) => {
            let id = number.parse::<u64>().map_or(0, |number| number.saturating_sub(NUMBER));
            world.cancel(&id.to_string(), 302)
        }
        ("GET", ["job", "folder", "job", "deploy", _, "consoleText"]) => {
            Reply::text("Started by user\nFinished\n")
        }
        _ => Reply::missing(),
    }
}

fn azure_run(world: &World, run: &Run) -> Value {
    let (state, result) = world.two_words(run);
    json!({ "id": run.id, "state": state, "result": result,
        "_links": { "web": { "href": "https://dev/run" } } })
}

fn azure_build(world: &World, run: &Run) -> Value {
    let (status, result) = world.two_words(run);
    json!({ "id": run.id, "buildNumber": run.key, "status": status, "result": result })
}

fn azure(world: &mut World, request: &Request) -> Reply {
    if !request.asked("api-version").starts_with("7.") {
        return Reply::json(400, json!({ "message": "No api-version was supplied" }));
    }
    match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", ["org", "shop", "_apis", "pipelines", "7", "runs"]) => {
            let body = request.json();
            let run = world.begin(&body["templateParameters"]["hotfix_key"]);
            Reply::json(200, azure_run(world, &run))
        }
        ("GET", ["org", "shop", "_apis", "pipelines", "7", "runs", id]) => {
            world.about(id, azure_run)
        }
        ("GET", ["org", "shop", "_apis", "build", "builds"]) => {
            let number = request.asked("buildNumber");
            let all = world.list(azure_build);
            let all = all.as_array().into_iter().flatten();
            let found: Vec<&Value> = all.filter(|one| one["buildNumber"] == number).collect();
            Reply::json(200, json!({ "count": found.len(), "value": found }))
        }
        ("PATCH", ["org", "shop", "_apis", "build", "builds", id])
            if request.json()["status"] == "cancelling" =>
        {
            world.cancel(id, 200)
        }
        ("GET", ["org", "shop", "_apis", "pipelines", "7"]) => Reply::json(200, json!({ "id": 7 })),
        _ => Reply::missing(),
    }
}

fn request_of(world: &World, run: &Run) -> Value {
    let results: i64 = world.word(run).parse().unwrap_or(-1);
    json!({
        "buildrequestid": run.id, "buildsetid": run.id + 500, "complete": results >= 0,
        "results": results,
    })
}

fn buildbot(world: &mut World, request: &Request) -> Reply {
    match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", ["api", "v2", "forceschedulers", "force"]) => {
            let body = request.json();
            if body["method"] != "force" || body["jsonrpc"] != "2.0" {
                return Reply::json(400, json!({ "error": { "code": -32602 } }));
            }
            let run = world.begin(&body["params"]["reason"]);
            Reply::json(
                200,
                json!({ "id": 1, "jsonrpc": "2.0",
                "result": [run.id + 500, { "3": run.id }] }),
            )
        }
        ("GET", ["api", "v2", "buildsets"]) => {
            let sets = world.list(|_, run| {
                json!({ "bsid": run.id + 500,
                    "reason": format!("A build was forced by 'ci': {}", run.key) })
            });
            Reply::json(200, json!({ "buildsets": sets, "meta": {} }))
        }
        ("GET", ["api", "v2", "buildrequests"]) => {
            let set: u64 = request.asked("buildsetid").parse().unwrap_or(0);
            let found: Vec<Value> = world
                .runs
                .iter()
                .filter(|run| run.id + 500 == set)
                .map(|run| request_of(world, run))
                .collect();
            Reply::json(200, json!({ "buildrequests": found }))
        }
        ("GET", ["api", "v2", "buildrequests", id]) => {
            world.about(id, |world, run| json!({ "buildrequests": [request_of(world, run)] }))
        }
        ("POST", ["api", "v2", "buildrequests", id]) if request.json()["method"] == "cancel" => {
            world.cancel(id, 200)
        }
        ("GET", ["api", "v2", "forceschedulers", "force"]) => {
            Reply::json(200, json!({ "forceschedulers": [{ "name": "force" }] }))
        }
        _ => Reply::missing(),
    }
}
