//! Personal tokens with less than all of their user's rights: scopes, and a list of projects.

use std::collections::BTreeMap;

use bugle::http::openapi;
use serde_json::{Value, json};
use support::{Request, Response, Server};

const PATH: &str = "/personal_access_tokens.json";
/// Which scope each operation needs: reviewed by people, and compared with what the server says of itself.
const TABLE: &str = include_str!("scopes.txt");

/// Makes a token with `token`, and gives the answer.
fn create(server: &Server, token: &str, body: &Value) -> Response {
    server.send(&Request::post(PATH).bearer(token).json(body))
}

/// Makes a token of the owner's with these limits.
#[track_caller]
fn limited(server: &Server, scopes: &Value, projects: &Value) -> String {
    let body = json!({"name": "Limited", "scopes": scopes, "projects": projects});
    let made = create(server, server.personal_token(), &body)
        .expect_status(201)
        .json();
    made["token"].as_str().unwrap().to_owned()
}

fn get(server: &Server, path: &str, token: &str) -> Response {
    server.send(&Request::get(path).bearer(token))
}

/// Whether it is the scope that is missing.
fn lacks_scope(answer: &Response) -> bool {
    let challenge = answer.header("WWW-Authenticate").unwrap_or_default();
    challenge.contains("insufficient_scope") && answer.status == 403
}

/// Method and path of every operation, with the scope that the document says it needs.
fn told() -> BTreeMap<(String, String), Option<String>> {
    let mut told = BTreeMap::new();
    let document = openapi::document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let mut ways = operation["security"].as_array().into_iter().flatten();
            let scope = ways.find_map(|way| way.get("personalToken")?.get(0)?.as_str().map(str::to_owned));
            told.insert((method.to_uppercase(), path.clone()), scope);
        }
    }
    told
}

#[test]
fn each_operation_needs_the_scope_of_the_table() {
    let lines = told().into_iter().map(|((method, path), scope)| {
        let scope = scope.unwrap_or_else(|| "-".to_owned());
        format!("{scope:<5} {method:<6} {path}")
    });
    let lines = lines.collect::<Vec<_>>().join("\n") + "\n";
    assert!(
        lines == TABLE,
        "tests/tokens/scopes.txt does not say which scopes are needed. If this is meant, it should be:\n{lines}"
    );
}

#[test]
fn each_operation_refuses_tokens_of_lesser_scopes_and_no_others() {
    let server = Server::start();
    let organization = Request::post("/organizations.json").bearer(server.personal_token());
    let organization = server
        .send(&organization.json(&json!({"name": "Studio"})))
        .expect_status(201);
    let organization = organization.json()["id"].to_string();
    let all = ["read", "write", "admin"];
    let tokens = all.map(|scope| limited(&server, &json!([scope]), &Value::Null));
    let rank = |scope: &Option<String>| {
        scope
            .as_deref()
            .map(|name| all.iter().position(|scope| *scope == name))
    };
    let mut refused = 0;
    for ((method, path), scope) in &told() {
        let target = path
            .replace("{project}", server.project())
            .replace("{organization}", &organization)
            .replace("{kind}", "screenshots")
            .replace(['{', '}'], "");
        for (own, token) in tokens.iter().enumerate() {
            if own == 2 && method == "DELETE" && path == "/organizations/{organization}.json" {
                // What comes behind it would find none.
                continue;
            }
            let answer = server.send(&Request::new(method, target.as_str()).bearer(token));
            let is_expected = rank(scope).flatten().is_some_and(|needed| own < needed);
            assert_eq!(
                lacks_scope(&answer),
                is_expected,
                "{method} {path} with {}: {} {}",
                all[own],
                answer.status,
                answer.text()
            );
            refused += u32::from(is_expected);
        }
    }
    assert!(refused > 60, "only {refused} refusals");
}

#[test]
fn a_token_says_what_it_may_and_keeps_it_over_a_restart() {
    let mut server = Server::start();
    let all = json!(["read", "write", "admin"]);
    let project = server.project().to_owned();
    for (sent, scopes, projects) in [
        (json!({"name": "a"}), &all, Value::Null),
        (
            json!({"name": "b", "scopes": null, "projects": null}),
            &all,
            Value::Null,
        ),
        (json!({"name": "c", "scopes": ["admin"]}), &all, Value::Null),
        (
            json!({"name": "d", "scopes": "write"}),
            &json!(["read", "write"]),
            Value::Null,
        ),
        (
            json!({"name": "e", "scopes": ["read", "read"]}),
            &json!(["read"]),
            Value::Null,
        ),
        (
            json!({"name": "f", "scopes": "read,write", "projects": [project, project]}),
            &json!(["read", "write"]),
            json!([project]),
        ),
    ] {
        let made = create(&server, server.personal_token(), &sent)
            .expect_status(201)
            .json();
        assert_eq!(
            (&made["scopes"], &made["projects"]),
            (scopes, &projects),
            "{sent}"
        );
    }
    let token = limited(&server, &json!(["read"]), &json!([project]));
    server.restart();
    let list = get(&server, PATH, server.personal_token())
        .expect_status(200)
        .json();
    let newest = &list["personal_access_tokens"][0];
    assert_eq!(
        (&newest["scopes"], &newest["projects"]),
        (&json!(["read"]), &json!([project]))
    );
    assert_eq!(
        list["personal_access_tokens"][7]["scopes"], all,
        "that of the first start"
    );
    get(&server, &server.path("issues.json"), &token).expect_status(200);
    let report = Request::post(server.path("issues.json")).bearer(&token);
    let answer = server
        .send(&report.json(&json!({"title": "No"})))
        .expect_status(403);
    assert_eq!(answer.error(), "This personal access token lacks the scope write");
    assert_eq!(
        answer.header("WWW-Authenticate"),
        Some("Bearer error=\"insufficient_scope\", scope=\"write\"")
    );
}

#[test]
fn what_is_no_limit_is_refused_by_name() {
    let mut server = Server::start();
    let stranger = server.add_person("stranger@studio.example").token;
    let theirs = server.create_project(&stranger, "Theirs");
    let own = server.create_project(server.personal_token(), "Own");
    for (field, value) in [
        ("scopes", json!([])),
        ("scopes", json!("")),
        ("scopes", json!(["all"])),
        ("scopes", json!(["read", "Write"])),
        ("scopes", json!({"read": true})),
        ("scopes", json!(7)),
        ("projects", json!([])),
        ("projects", json!("  ")),
        ("projects", json!(["pr-0000000001"])),
        ("projects", json!([server.project(), "castle"])),
        ("projects", json!([[server.project()]])),
    ] {
        let answer = create(
            &server,
            server.personal_token(),
            &json!({"name": "No", field: value}),
        );
        assert_eq!(answer.status, 422, "{field} {value}: {}", answer.text());
        assert!(
            answer.error().contains(field),
            "{field} {value}: {}",
            answer.error()
        );
    }
    let answer = create(
        &server,
        &stranger,
        &json!({"name": "No", "projects": [theirs, own]}),
    );
    assert!(answer.expect_status(422).error().contains("projects"));
    create(&server, &stranger, &json!({"name": "Yes", "projects": [theirs]})).expect_status(201);
}

#[test]
fn a_token_for_a_project_reaches_no_other() {
    let mut server = Server::start();
    let stranger = server.add_person("stranger@studio.example").token;
    let public = server.create_project(&stranger, "Public");
    let publish = Request::patch(format!("/projects/{public}.json")).bearer(&stranger);
    server
        .send(&publish.json(&json!({"visibility": "public"})))
        .expect_status(200);
    let other = server.create_project(server.personal_token(), "Other");
    let token = limited(&server, &json!(["admin"]), &json!([server.project()]));

    get(&server, &server.path("issues.json"), &token).expect_status(200);
    let rename = Request::patch(format!("/projects/{}.json", server.project())).bearer(&token);
    server
        .send(&rename.json(&json!({"name": "Renamed"})))
        .expect_status(200);
    for path in [
        format!("/projects/{other}.json"),
        format!("/projects/{other}/issues.json"),
        format!("/projects/{public}.json"),
        format!("/projects/{public}/releases.json"),
    ] {
        let answer = get(&server, &path, &token).expect_status(403);
        assert_eq!(
            answer.error(),
            "This personal access token is not for this project",
            "{path}"
        );
        get(&server, &path, server.personal_token()).expect_status(200);
    }
    get(&server, "/projects/pr-0000000001/issues.json", &token).expect_status(404);

    for query in ["", "?all=true"] {
        let list = get(&server, &format!("/projects.json{query}"), &token)
            .expect_status(200)
            .json();
        let ids: Vec<_> = list["projects"]
            .as_array()
            .unwrap()
            .iter()
            .map(|project| &project["id"])
            .collect();
        assert_eq!(ids, [&json!(server.project())], "{query}");
    }
    let me = get(&server, "/profiles/me.json", &token)
        .expect_status(200)
        .json();
    assert_eq!(me["project_roles"].as_array().unwrap().len(), 1, "{me}");

    let body = json!({"name": "Elsewhere", "commentable_type": "Issue", "commentable_id": "1", "body": "x"});
    for (method, path) in [
        ("POST", "/projects.json"),
        ("POST", "/organizations.json"),
        ("POST", "/comments.json"),
        ("PATCH", "/profiles/me.json"),
        ("GET", "/organizations.json"),
    ] {
        let answer = server.send(&Request::new(method, path).bearer(&token).json(&body));
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text());
        assert!(
            answer.error().contains("some projects only"),
            "{method} {path}: {}",
            answer.error()
        );
    }
}

#[test]
fn a_limited_token_makes_sees_and_deletes_none_that_is_wider() {
    let server = Server::start();
    let own = server.project().to_owned();
    let other = server.create_project(server.personal_token(), "Other");
    let body = json!({"name": "Keeper", "projects": [own], "expires_at": "2099-01-01"});
    let keeper = create(&server, server.personal_token(), &body)
        .expect_status(201)
        .json();
    let token = keeper["token"].as_str().unwrap();

    let made = create(&server, token, &json!({"name": "As wide"}))
        .expect_status(201)
        .json();
    assert_eq!(made["projects"], json!([own]));
    assert_eq!(made["scopes"], json!(["read", "write", "admin"]));
    assert_eq!(made["expires_at"], keeper["expires_at"]);
    let narrow = json!({"name": "Narrower", "scopes": ["read"], "projects": own, "expires_at": "2098-01-01"});
    let narrow = create(&server, token, &narrow).expect_status(201).json();
    assert_eq!(narrow["expires_at"], "2098-01-02T00:00:00.000Z");
    for (field, value) in [
        ("projects", json!([other])),
        ("projects", json!([own, other])),
        ("expires_at", json!("2100-01-01")),
    ] {
        let answer = create(&server, token, &json!({"name": "Wider", field: value})).expect_status(422);
        assert!(answer.error().contains(field), "{field}: {}", answer.error());
    }

    let list = get(&server, PATH, token).expect_status(200).json();
    let names: Vec<_> = list["personal_access_tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| &token["name"])
        .collect();
    assert_eq!(names, ["Narrower", "As wide", "Keeper"]);
    let all = get(&server, PATH, server.personal_token())
        .expect_status(200)
        .json();
    let first = all["personal_access_tokens"][3]["id"].to_string();
    let status = |method: &str, rest: &str| {
        let path = format!("/personal_access_tokens/{first}{rest}");
        server.send(&Request::new(method, path).bearer(token)).status
    };
    assert_eq!(
        (status("GET", "/usage.json"), status("DELETE", ".json")),
        (404, 404)
    );
    let delete = Request::delete(format!("/personal_access_tokens/{}.json", narrow["id"])).bearer(token);
    server.send(&delete).expect_status(200);

    let writer = limited(&server, &json!(["write"]), &Value::Null);
    for request in [
        Request::get(PATH),
        Request::post(PATH).json(&json!({"name": "More"})),
    ] {
        assert!(lacks_scope(&server.send(&request.bearer(&writer))));
    }
}

#[test]
fn a_token_is_told_how_far_it_reaches_and_the_list_of_the_command_line_says_it_too() {
    let mut server = Server::start();
    let project = server.project().to_owned();
    let verify = |token: &str| {
        let request = Request::post("/auth/verify").bearer(token);
        server.send(&request).expect_status(200).json()
    };
    let limited = limited(&server, &json!(["write"]), &json!([project]));
    let told = verify(&limited);
    assert_eq!(told["scopes"], json!(["read", "write"]), "{told}");
    assert_eq!(told["projects"], json!([project]), "{told}");
    let told = verify(server.personal_token());
    assert_eq!(told["scopes"], json!(["read", "write", "admin"]), "{told}");
    assert!(told.get("projects").is_some_and(Value::is_null), "{told}");

    server.stop();
    let output = server.command(["token", "list"]);
    let list = String::from_utf8(output.stdout).unwrap();
    let row = |name: &str| {
        let found = list.lines().find(|line| line.ends_with(name));
        let row = found.unwrap_or_else(|| panic!("no {name} in {list}"));
        row.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let limited = row("Limited");
    assert!(
        limited.ends_with(&["read,write".to_owned(), project, "Limited".to_owned()]),
        "{limited:?}"
    );
    let is_whole = |line: &str| line.contains("read,write,admin  all ");
    assert!(list.lines().any(is_whole), "{list}");
}
