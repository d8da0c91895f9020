//! GitHub and GitLab: what their REST documentation says about the calls of the recipes.

use super::{Contract, Reply, Request, Run, World};
use serde_json::{Value, json};

const GITHUB_WORDS: [&str; 6] = [
    "queued",
    "in_progress",
    "completed success",
    "completed failure",
    "completed cancelled",
    "completed dancing",
];

pub const GITHUB: Contract = Contract {
    recipe: "github-actions",
    settings: &[("owner", "o"), ("repository", "r"), ("workflow", "deploy.yml")],
    secrets: &[("token", "ghp_secret")],
    sign_in: ("authorization", "Bearer ghp_secret"),
    words: GITHUB_WORDS,
    certain: false,
    one_run_a_key: false,
    answer: actions,
};

pub const GITHUB_BY_NAME: Contract =
    Contract { recipe: "github-actions-by-name", answer: older_actions, ..GITHUB };

pub const GITHUB_DEPLOYMENTS: Contract = Contract {
    recipe: "github-deployments",
    settings: &[("owner", "o"), ("repository", "r"), ("git_ref", "v4.8.1")],
    words: ["pending", "in_progress", "success", "failure", "inactive", "dancing"],
    answer: deployments,
    ..GITHUB
};

pub const GITLAB: Contract = Contract {
    recipe: "gitlab-pipeline",
    settings: &[("project", "group/shop")],
    secrets: &[("token", "glpat")],
    sign_in: ("private-token", "glpat"),
    words: ["created", "running", "success", "failed", "canceled", "dancing"],
    certain: false,
    one_run_a_key: false,
    answer: gitlab,
};

pub const GITLAB_TRIGGER: Contract = Contract {
    recipe: "gitlab-trigger",
    secrets: &[("token", "glpat"), ("trigger", "glptt")],
    // Starting is signed in by the form's own token.
    sign_in: ("", ""),
    ..GITLAB
};

fn actions_run(world: &World, run: &Run) -> Value {
    let (status, conclusion) = world.two_words(run);
    json!({
        "id": run.id, "name": "Deploy", "display_title": format!("Deploy HF-3 [{}]", run.key),
        "event": "workflow_dispatch", "status": status, "conclusion": conclusion,
    })
}

fn older_actions(world: &mut World, request: &Request) -> Reply {
    // Reported of Enterprise Server 3.17 to 3.19: a field it does not know is refused.
    if request.json().get("return_run_details").is_some() {
        return Reply::json(400, json!({ "message": "Invalid request" }));
    }
    actions(world, request)
}

fn actions(world: &mut World, request: &Request) -> Reply {
    match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", ["repos", "o", "r", "actions", "workflows", "deploy.yml", "dispatches"]) => {
            let body = request.json();
            if body["ref"] != "main" || body["inputs"].as_object().is_none_or(|all| all.len() > 25)
            {
                return Reply::json(422, json!({ "message": "Unexpected inputs provided" }));
            }
            let run = world.begin(&body["inputs"]["hotfix_key"]);
            match body["return_run_details"] == true {
                true => Reply::json(
                    200,
                    json!({
                        "workflow_run_id": run.id,
                        "run_url": format!("https://api/runs/{}", run.id),
                        "html_url": format!("https://github/runs/{}", run.id),
                    }),
                ),
                false => Reply::empty(204),
            }
        }
        ("GET", ["repos", "o", "r", "actions", "workflows", "deploy.yml", "runs"]) => {
            let runs = world.list(actions_run);
            Reply::json(200, json!({ "total_count": world.runs.len(), "workflow_runs": runs }))
        }
        ("GET", ["repos", "o", "r", "actions", "runs", id]) => world.about(id, actions_run),
        ("POST", ["repos", "o", "r", "actions", "runs", id, "cancel"]) => world.cancel(id, 202),
        ("GET", ["repos", "o", "r", "actions", "workflows", "deploy.yml"]) => {
            Reply::json(200, json!({ "id": 1, "state": "active" }))
        }
        _ => Reply::missing(),
    }
}

fn deployments(world: &mut World, request: &Request) -> Reply {
    let shown = |_: &World, run: &Run| json!({ "id": run.id, "task": run.key });
    match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", ["repos", "o", "r", "deployments"]) => {
            let body = request.json();
            // Left out it would be true, and merge the default branch into what is deployed.
            if body["auto_merge"] != false || body["ref"] != "v4.8.1" {
                return Reply::json(409, json!({ "message": "Conflict merging main" }));
            }
            let run = world.begin(&body["task"]);
            Reply::json(201, json!({ "id": run.id, "task": run.key }))
        }
        ("GET", ["repos", "o", "r", "deployments"]) => {
            let task = request.asked("task");
            let all = world.list(shown);
            let found: Vec<&Value> =
                all.as_array().into_iter().flatten().filter(|one| one["task"] == task).collect();
            Reply::json(200, json!(found))
        }
        ("GET", ["repos", "o", "r", "deployments", id, "statuses"]) => {
            world.about(id, |world, run| match world.word(run) {
                "pending" => json!([]),
                word => json!([{ "state": word, "description": "" }]),
            })
        }
        ("POST", ["repos", "o", "r", "deployments", id, "statuses"]) => {
            match request.json()["state"] == "inactive" {
                true => world.cancel(id, 201),
                false => Reply::json(422, json!({})),
            }
        }
        ("GET", ["repos", "o", "r"]) => Reply::json(200, json!({ "id": 1 })),
        _ => Reply::missing(),
    }
}

fn pipeline(world: &World, run: &Run) -> Value {
    json!({ "id": run.id, "name": run.key, "status": world.word(run), "web_url": "https://gl/p" })
}

fn gitlab(world: &mut World, request: &Request) -> Reply {
    match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", ["api", "v4", "projects", "group%2Fshop", "pipeline"]) => {
            let body = request.json();
            let named = |name: &str| {
                let all = body["variables"].as_array().cloned().unwrap_or_default();
                all.into_iter().find(|one| one["key"] == name).map(|one| one["value"].clone())
            };
            let run = world.begin(&named("HOTFIX_KEY").unwrap_or_default());
            Reply::json(201, pipeline(world, &run))
        }
        ("POST", ["api", "v4", "projects", "group%2Fshop", "trigger", "pipeline"]) => {
            let form = request.form();
            if form.get("token").map(String::as_str) != Some("glptt") {
                return Reply::json(404, json!({ "message": "404 Not Found" }));
            }
            let run = world.begin(&json!(form.get("variables[HOTFIX_KEY]")));
            Reply::json(201, pipeline(world, &run))
        }
        _ if request.header("private-token") != "glpat" => {
            Reply::json(401, json!({ "message": "401 Unauthorized" }))
        }
        ("GET", ["api", "v4", "projects", "group%2Fshop", "pipelines"]) => {
            let name = request.asked("name");
            let all = world.list(pipeline);
            let found: Vec<&Value> =
                all.as_array().into_iter().flatten().filter(|one| one["name"] == name).collect();
            Reply::json(200, json!(found))
        }
        ("GET", ["api", "v4", "projects", "group%2Fshop", "pipelines", id]) => {
            world.about(id, pipeline)
        }
        ("POST", ["api", "v4", "projects", "group%2Fshop", "pipelines", id, "cancel"]) => {
            world.cancel(id, 200)
        }
        ("GET", ["api", "v4", "projects", "group%2Fshop"]) => Reply::json(200, json!({ "id": 1 })),
        _ => Reply::missing(),
    }
}
