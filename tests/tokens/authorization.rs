//! Every way that a client may show who it is (protocol 1.2 and 1.3).

use serde_json::{Value, json};
use support::{Request, Response, Server};

use crate::secrets::mistyped;

fn report(server: &Server, authorization: &str) -> Response {
    let request = Request::post(server.path("issues.json"))
        .header("Authorization", authorization)
        .json(&json!({"title": "Who am I?"}));
    server.send(&request)
}

#[test]
fn every_form_of_a_project_token_files_a_report() {
    let server = Server::start();
    let token = server.token_with_limit(100);
    let forms = [
        "FormUser TKN",
        "formuser TKN",
        "FORMUSER   TKN  ",
        "TKN",
        "FormUser TKN,",
        "FormUser TKN,email:player@studio.example",
        "FormUser TKN , email: player@studio.example ",
        "FormUser TKN,email:not an address",
        "FormUser TKN,email:",
        "FormUser TKN,discord_id:123456789012345678",
        "FormUser TKN,discord_id:abc",
        "FormUser TKN,discord_id:",
        "FormUser TKN,eyJhbGciOiJIUzI1NiJ9.eyJmb28iOjF9.c3RhbGUgc2lnbi1pbg",
        "FormUser TKN,not-a-jwt",
    ];
    for form in forms {
        let answer = report(&server, &form.replace("TKN", &token));
        assert_eq!(answer.status, 201, "{form}: {}", answer.text());
        assert_eq!(
            answer.json()["reported_by"],
            json!({"id": null, "name": null}),
            "{form}"
        );
    }
    assert_eq!(server.issue_count(), forms.len() as u64);
}

#[test]
fn a_project_token_in_a_persons_place_is_told_where_it_goes() {
    let server = Server::start();
    let answer = report(&server, &format!("Bearer {}", server.project_token())).expect_status(401);
    assert!(answer.error().contains("FormUser tkn-"), "{}", answer.error());
    assert!(!answer.text().contains(server.project_token()));
}

#[test]
fn every_form_of_a_personal_token_is_the_person() {
    let server = Server::start();
    for form in ["Bearer PAT", "bearer PAT", "BEARER  PAT ", "PAT", " PAT "] {
        let authorization = form.replace("PAT", server.personal_token());
        let answer = report(&server, &authorization);
        assert_eq!(answer.status, 201, "{form}: {}", answer.text());
        assert_eq!(answer.json()["reported_by"]["name"], "Owner", "{form}");
    }
}

#[test]
fn what_is_no_good_is_refused_with_the_status_of_its_kind() {
    let server = Server::start();
    let (tkn, pat) = (
        server.project_token().to_owned(),
        server.personal_token().to_owned(),
    );
    let unknown = |prefix: &str| format!("{prefix}-{}", "0".repeat(64));
    let table = [
        (401, String::new()),
        (401, format!("Bearer {}", mistyped(&pat))),
        (401, mistyped(&pat)),
        (401, format!("Bearer {}", unknown("pat"))),
        (401, "Bearer pat-short".to_owned()),
        (401, format!("Bearer {}", pat.to_uppercase())),
        (401, format!("Bearer {tkn}")),
        (401, "Bearer".to_owned()),
        (401, "Bearer a.b.c".to_owned()),
        (401, format!("Basic {tkn}")),
        (401, format!("FormUser {pat}")),
        (401, "FormUser".to_owned()),
        (401, "FormUser someone".to_owned()),
        (401, format!("FormUser {tkn} {tkn}")),
        (403, format!("FormUser {}", mistyped(&tkn))),
        (403, mistyped(&tkn)),
        (403, format!("FormUser {}", unknown("tkn"))),
        (403, "FormUser tkn-short".to_owned()),
        (403, "FormUser anonymous".to_owned()),
    ];
    for (status, authorization) in table {
        let answer = report(&server, &authorization);
        assert_eq!(answer.status, status, "{authorization:?}: {}", answer.text());
        assert!(!answer.error().is_empty(), "{authorization:?}");
    }
    let twice = Request::post(server.path("issues.json"))
        .form_user(&tkn)
        .form_user(&tkn);
    server
        .send(&twice.json(&json!({"title": "Twice"})))
        .expect_status(401);
    assert_eq!(server.issue_count(), 0);
}

#[test]
fn a_body_names_the_reporter_when_the_header_does_not() {
    let server = Server::start();
    let body = json!({"title": "Write to me", "user": {"email": "player@studio.example"}});
    let request = |body: &Value| {
        Request::post(server.path("issues.json"))
            .form_user(server.project_token())
            .json(body)
    };
    server.send(&request(&body)).expect_status(201);
    let wrong = json!({"title": "Write to me", "user": {"email": "nowhere"}});
    let answer = server.send(&request(&wrong)).expect_status(422);
    assert!(answer.error().contains("user.email"), "{}", answer.error());
}

#[test]
fn verify_says_what_a_token_is() {
    let server = Server::start();
    // As the MCP server asks: a JSON type and no body.
    let verify = |token: &str| {
        let request = Request::post("/auth/verify").header("Authorization", token);
        server.send(&request.body("application/json", ""))
    };
    let person = verify(&format!("Bearer {}", server.personal_token()))
        .expect_status(200)
        .json();
    assert_eq!(person["valid"], true);
    assert_eq!(person["token_type"], "personal_access_token");
    assert_eq!(person["user"]["email"], "owner@bugle.local");
    let game = verify(server.project_token()).expect_status(200).json();
    assert_eq!(game["token_type"], "project_auth_token");
    assert_eq!(game["project"]["id"], server.project());
    let created = server.report("For its token", "").expect_status(201).json();
    let holder = verify(&format!("Bearer {}", created["token"].as_str().unwrap()))
        .expect_status(200)
        .json();
    assert_eq!(holder["token_type"], "jwt");
    for bad in [
        &mistyped(server.project_token()),
        &mistyped(server.personal_token()),
        "Bearer a.b.c",
        "",
    ] {
        let answer = verify(bad).expect_status(401);
        assert_eq!(answer.json()["valid"], false, "{bad}");
        assert!(!answer.error().is_empty(), "{bad}");
    }
}
