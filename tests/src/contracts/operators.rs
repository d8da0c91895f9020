//! Systems that operate: the generic services, Argo CD, AWX, Octopus, Rundeck and Salt.

use super::{Contract, Phase, Reply, Request, Run, World};
use serde_json::{Value, json};

const PLAIN: [&str; 6] = ["running", "running", "succeeded", "failed", "cancelled", "dancing"];

pub const GENERIC: Contract = Contract {
    recipe: "generic-http",
    settings: &[],
    secrets: &[("token", "t0p"), ("webhook", "whsec_c2VjcmV0c2VjcmV0"), ("hub", "hubsecret")],
    sign_in: ("authorization", "Bearer t0p"),
    words: PLAIN,
    certain: true,
    one_run_a_key: true,
    answer: generic,
};

pub const REFERENCE: Contract = Contract {
    recipe: "generic-http-reference",
    settings: &[("packages", "https://files.example/fixes")],
    ..GENERIC
};

pub const ARGO: Contract = Contract {
    recipe: "argo-cd",
    settings: &[("application", "shop")],
    secrets: &[("token", "t0p")],
    sign_in: ("authorization", "Bearer t0p"),
    words: ["", "Running", "Succeeded Healthy", "Failed", "Failed", "Succeeded Suspended"],
    certain: false,
    one_run_a_key: false,
    answer: argo,
};

pub const AWX: Contract = Contract {
    recipe: "awx",
    settings: &[("template", "9")],
    secrets: &[("token", "t0p")],
    sign_in: ("authorization", "Bearer t0p"),
    words: ["pending", "running", "successful", "failed", "canceled", "dancing"],
    certain: false,
    one_run_a_key: false,
    answer: awx,
};

pub const OCTOPUS: Contract = Contract {
    recipe: "octopus",
    settings: &[("project", "shop"), ("octopus_environment", "Staging")],
    secrets: &[("token", "API-1")],
    sign_in: ("x-octopus-apikey", "API-1"),
    words: ["Queued", "Executing", "Success", "Failed", "Canceled", "Dancing"],
    certain: true,
    one_run_a_key: false,
    answer: octopus,
};

pub const RUNDECK: Contract = Contract {
    recipe: "rundeck",
    settings: &[("job", "b7-uuid")],
    secrets: &[("token", "t0p")],
    sign_in: ("x-rundeck-auth-token", "t0p"),
    words: ["scheduled", "running", "succeeded", "failed", "aborted", "dancing"],
    certain: false,
    one_run_a_key: false,
    answer: rundeck,
};

pub const SALT: Contract = Contract {
    recipe: "salt",
    settings: &[("minion", "web-1.example")],
    secrets: &[("token", "t0p")],
    sign_in: ("x-auth-token", "t0p"),
    words: ["", "", "0", "1", "1", "17"],
    certain: false,
    one_run_a_key: false,
    answer: salt,
};

/// A POST that changes nothing: salt-api is asked for jobs so.
pub(super) fn only_asks(request: &Request) -> bool {
    request.json()[0]["client"] == "runner"
}

fn generic(world: &mut World, request: &Request) -> Reply {
    let shown = |world: &World, run: &Run| json!({ "run": run.id, "state": world.word(run) });
    match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", ["deployments"]) => {
            let key = json!(request.header("idempotency-key"));
            let known = world.runs.iter().find(|run| json!(run.key) == key).cloned();
            let run = known.unwrap_or_else(|| world.begin(&key));
            Reply::json(202, json!({ "run": run.id }))
        }
        ("GET", ["deployments"]) => {
            let key = request.asked("key");
            match world.runs.iter().find(|run| run.key == key) {
                Some(run) => Reply::json(200, shown(world, run)),
                None => Reply::missing(),
            }
        }
        ("GET", ["deployments", id]) => world.about(id, shown),
        ("GET", ["deployments", _, "logs"]) => Reply::text("unpacked\n"),
        ("POST", ["deployments", id, "cancel"]) => world.cancel(id, 202),
        ("POST", ["rollback"]) => Reply::empty(204),
        ("GET", ["healthz"]) => Reply::json(200, json!({ "ok": true })),
        _ => Reply::missing(),
    }
}

fn argo(world: &mut World, request: &Request) -> Reply {
    match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", ["api", "v1", "applications", "shop", "sync"]) => {
            let body = request.json();
            let infos = body["infos"].as_array().cloned().unwrap_or_default();
            let key = infos.iter().find(|info| info["name"] == "hotfix-key");
            world.begin(&key.map_or(Value::Null, |info| info["value"].clone()));
            Reply::json(200, application(world))
        }
        ("POST", ["api", "v1", "applications", "shop", "rollback"]) => {
            world.notes.insert("rollback".into(), request.json()["id"].clone());
            Reply::json(200, application(world))
        }
        ("GET", ["api", "v1", "applications", "shop"]) => Reply::json(200, application(world)),
        ("DELETE", ["api", "v1", "applications", "shop", "operation"]) => {
            if let Some(run) = world.runs.last_mut() {
                run.phase = Phase::Cancelled;
            }
            Reply::json(200, json!({}))
        }
        _ => Reply::missing(),
    }
}

/// An application knows its last operation only.
fn application(world: &World) -> Value {
    let history = json!([{ "id": 3, "revision": "aaa" }, { "id": 4, "revision": "bbb" }]);
    let Some(run) = world.runs.last() else {
        return json!({ "metadata": { "name": "shop" }, "status": { "history": history } });
    };
    let operation = json!({ "sync": { "revision": "bbb" },
        "info": [{ "name": "hotfix-key", "value": run.key }] });
    if run.phase == Phase::Waiting {
        return json!({ "metadata": { "name": "shop" }, "operation": operation, "status": {} });
    }
    let (phase, health) = world.two_words(run);
    json!({ "metadata": { "name": "shop" }, "status": {
        "history": history, "health": { "status": health },
        "operationState": { "phase": phase, "operation": operation, "message": "one task run",
            "syncResult": { "revision": "bbb" } },
    } })
}

fn awx(world: &mut World, request: &Request) -> Reply {
    let job = |world: &World, run: &Run| {
        let variables = json!({ "hotfix": "HF-3", "hotfix_key": run.key }).to_string();
        // Spelled as Python does.
        let variables = variables.replace("\":", "\": ").replace(",\"", ", \"");
        json!({ "id": run.id, "status": world.word(run), "extra_vars": variables })
    };
    match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", ["api", "v2", "job_templates", "9", "launch"]) => {
            let run = world.begin(&request.json()["extra_vars"]["hotfix_key"]);
            Reply::json(201, json!({ "id": run.id, "job": run.id, "ignored_fields": {} }))
        }
        ("GET", ["api", "v2", "job_templates", "9", "jobs"]) => {
            Reply::json(200, json!({ "count": world.runs.len(), "results": world.list(job) }))
        }
        ("GET", ["api", "v2", "jobs", id]) => world.about(id, job),
        ("GET", ["api", "v2", "jobs", _, "stdout"]) => Reply::text("PLAY RECAP\n"),
        ("POST", ["api", "v2", "jobs", id, "cancel"]) => world.cancel(id, 202),
        ("GET", ["api", "v2", "job_templates", "9"]) => Reply::json(200, json!({ "id": 9 })),
        _ => Reply::missing(),
    }
}

fn octopus(world: &mut World, request: &Request) -> Reply {
    let body = request.json();
    match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", ["api", "Spaces-1", "releases", "create", "v1"]) => {
            let version = body["releaseVersion"].as_str().unwrap_or_default();
            let known = world.notes.contains_key(version);
            if known && body["ignoreIfAlreadyExists"] != true {
                return Reply::json(400, json!({ "ErrorMessage": "Release exists" }));
            }
            world.notes.insert(version.into(), json!("Releases-1"));
            Reply::json(201, json!({ "ReleaseId": "Releases-1", "ReleaseVersion": version }))
        }
        ("POST", ["api", "Spaces-1", "deployments", "create", "untenanted", "v1"]) => {
            if body["environmentNames"] != json!(["Staging"]) {
                return Reply::json(400, json!({ "ErrorMessage": "No such environment" }));
            }
            let run = world.begin(&body["releaseVersion"]);
            let task = json!({ "DeploymentId": "Deployments-1", "ServerTaskId": run.id });
            Reply::json(201, json!({ "DeploymentServerTasks": [task] }))
        }
        ("GET", ["api", "Spaces-1", "projects", "shop", "releases", version]) => {
            match world.notes.contains_key(*version) {
                true => Reply::json(200, json!({ "Id": version })),
                false => Reply::missing(),
            }
        }
        ("GET", ["api", "Spaces-1", "releases", version, "deployments"]) => {
            let runs = world.runs.iter().rev().filter(|run| run.key == *version);
            let items: Vec<Value> = runs.map(|run| json!({ "TaskId": run.id })).collect();
            Reply::json(200, json!({ "Items": items }))
        }
        ("GET", ["api", "Spaces-1", "tasks", id]) => {
            world.about(id, |world, run| json!({ "Id": run.id, "State": world.word(run) }))
        }
        ("GET", ["api", "Spaces-1", "tasks", _, "raw"]) => Reply::text("Success: Deploy\n"),
        ("POST", ["api", "Spaces-1", "tasks", id, "cancel"]) => world.cancel(id, 200),
        ("GET", ["api", "Spaces-1", "projects", "shop"]) => {
            Reply::json(200, json!({ "Id": "Projects-1" }))
        }
        _ => Reply::missing(),
    }
}

fn rundeck(world: &mut World, request: &Request) -> Reply {
    let execution = |world: &World, run: &Run| {
        json!({ "id": run.id, "status": world.word(run), "permalink": "https://rd/e",
            "job": { "id": "b7-uuid", "options": { "hotfix_key": run.key } } })
    };
    match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", ["api", "41", "job", "b7-uuid", "run"]) => {
            let run = world.begin(&request.json()["options"]["hotfix_key"]);
            Reply::json(200, execution(world, &run))
        }
        ("GET", ["api", "41", "job", "b7-uuid", "executions"]) => {
            Reply::json(200, json!({ "paging": {}, "executions": world.list(execution) }))
        }
        ("GET", ["api", "41", "execution", id]) => world.about(id, execution),
        ("POST", ["api", "41", "execution", id, "abort"]) => world.cancel(id, 200),
        ("GET", ["api", "41", "execution", _, "output"]) => Reply::text("step 1\n"),
        ("GET", ["api", "41", "system", "info"]) => Reply::json(200, json!({ "system": {} })),
        _ => Reply::missing(),
    }
}

fn salt(world: &mut World, request: &Request) -> Reply {
    let body = request.json();
    match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", [""]) if body[0]["client"] == "local_async" => {
            let run = world.begin(&body[0]["metadata"]["hotfix_key"]);
            let minions = json!(["web-1.example"]);
            Reply::json(
                200,
                json!({ "return": [{ "jid": run.id.to_string(), "minions": minions }] }),
            )
        }
        ("POST", [""]) if body[0]["fun"] == "jobs.list_jobs" => {
            let key = &body[0]["kwarg"]["search_metadata"]["hotfix_key"];
            let runs = world.runs.iter().filter(|run| json!(run.key) == *key);
            let found: serde_json::Map<String, Value> = runs
                .map(|run| (run.id.to_string(), json!({ "Metadata": { "hotfix_key": key } })))
                .collect();
            Reply::json(200, json!({ "return": [found] }))
        }
        ("GET", ["jobs", id]) => world.about(id, |world, run| {
            let result = match world.word(run).parse::<i64>() {
                Ok(code) => json!({ "web-1.example":
                    { "return": {}, "retcode": code, "success": code == 0 } }),
                Err(_) => json!({}),
            };
            json!({ "info": [{ "jid": run.id.to_string(), "Result": result }], "return": [{}] })
        }),
        ("GET", ["stats"]) => Reply::json(200, json!({})),
        _ => Reply::missing(),
    }
}
