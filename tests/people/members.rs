//! The members of a project.

use serde_json::json;
use support::{Request, Server};

use crate::{add, change, develops, id_of, members, project, reads, remove};

#[test]
fn a_member_is_added_by_address_works_at_once_and_outlives_a_kill() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example").token;
    let (owner, path) = (server.personal_token().to_owned(), project(&server));
    let me = id_of(&server, &ben);
    assert_eq!(reads(&server, &ben), 403);

    let added = add(&server, &path, &owner, "Ben@Studio.example", "tester").expect_status(201);
    let added = added.json();
    assert_eq!(
        (&added["id"], &added["name"], &added["email"], &added["role"]),
        (
            &json!(me),
            &json!("ben"),
            &json!("ben@studio.example"),
            &json!("tester")
        )
    );
    assert_eq!(added["organization_role"], json!(null));
    assert_eq!((reads(&server, &ben), develops(&server, &ben)), (200, 403));
    let shown = server.send(&Request::get(format!("{path}.json")).bearer(&ben));
    assert_eq!(shown.json()["member_count"], 2);

    let put = Request::new("PUT", format!("{path}/members/{me}")).bearer(&owner);
    let changed = server.send(&put.form(&[("member[role]", "developer")]));
    let changed = changed.expect_status(200).json();
    assert_eq!(
        (&changed["role"], &changed["created_at"]),
        (&json!("developer"), &added["created_at"])
    );
    assert_eq!(develops(&server, &ben), 200);

    server.kill_hard();
    server.restart();
    let listed = [(1, "owner".to_owned()), (me, "developer".to_owned())];
    assert_eq!(members(&server, &path, &ben), listed);
    let profile = server
        .send(&Request::get("/profiles/me.json").bearer(&ben))
        .json();
    assert_eq!(profile["project_roles"][0]["role"], "developer", "{profile}");
}

#[test]
fn whoever_is_removed_is_refused_with_the_next_request() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example");
    let (owner, path) = (server.personal_token().to_owned(), project(&server));
    let me = id_of(&server, &ben.token);
    let sign_in = json!({"email": ben.email, "password": ben.password});
    let signed_in = server
        .send(&Request::post("/session.json").json(&sign_in))
        .expect_status(201);
    let cookie = signed_in
        .header("Set-Cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let by_cookie = Request::get(server.path("issues.json")).header("Cookie", &cookie);
    for round in 0..3 {
        add(&server, &path, &owner, &ben.email, "developer").expect_status(201);
        assert_eq!(reads(&server, &ben.token), 200, "round {round}");
        assert_eq!(server.send(&by_cookie).status, 200, "round {round}");
        let removed = remove(&server, &path, &owner, me).expect_status(200).json();
        assert_eq!(removed["role"], "developer", "the answer is what they were");
        assert_eq!(reads(&server, &ben.token), 403, "round {round}");
        assert_eq!(server.send(&by_cookie).status, 403, "round {round}");
    }
    remove(&server, &path, &owner, me).expect_status(404);
    server.kill_hard();
    server.restart();
    assert_eq!(reads(&server, &ben.token), 403);
    assert_eq!(members(&server, &path, &owner).len(), 1);
}

#[test]
fn owners_decide_developers_look_and_everybody_may_leave() {
    let mut server = Server::start();
    let [ben, cleo, dora] =
        ["ben", "cleo", "dora"].map(|name| server.add_person(&format!("{name}@studio.example")).token);
    let (owner, path) = (server.personal_token().to_owned(), project(&server));
    let [ben_id, cleo_id] = [&ben, &cleo].map(|token| id_of(&server, token));
    add(&server, &path, &owner, "ben@studio.example", "developer").expect_status(201);
    add(&server, &path, &owner, "cleo@studio.example", "tester").expect_status(201);

    for (token, lists) in [(&ben, 200), (&cleo, 403), (&dora, 403)] {
        let list = Request::get(format!("{path}/members.json")).bearer(token);
        assert_eq!(server.send(&list).status, lists);
        add(&server, &path, token, "dora@studio.example", "tester").expect_status(403);
        change(&server, &path, token, ben_id, "owner").expect_status(403);
        remove(&server, &path, token, 1).expect_status(403);
    }
    let game = Request::get(format!("{path}/members.json")).form_user(server.project_token());
    server.send(&game).expect_status(403);
    server
        .send(&Request::get(format!("{path}/members.json")))
        .expect_status(401);
    remove(&server, &path, &ben, cleo_id).expect_status(403);
    remove(&server, &path, &cleo, cleo_id).expect_status(200);
    remove(&server, &path, &ben, ben_id).expect_status(200);
    assert_eq!((reads(&server, &ben), reads(&server, &cleo)), (403, 403));
}

#[test]
fn there_is_always_an_owner() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example").token;
    let (owner, path) = (server.personal_token().to_owned(), project(&server));
    let me = id_of(&server, &ben);
    let refused = change(&server, &path, &owner, 1, "developer").expect_status(422);
    assert_eq!(
        refused.error(),
        "role is that of the last owner; make somebody else an owner first"
    );
    let refused = remove(&server, &path, &owner, 1).expect_status(422);
    assert_eq!(
        refused.error(),
        "user is that of the last owner; make somebody else an owner first"
    );
    add(&server, &path, &owner, "ben@studio.example", "owner").expect_status(201);
    remove(&server, &path, &owner, 1).expect_status(200);
    remove(&server, &path, &ben, me).expect_status(422);
    change(&server, &path, &ben, me, "owner").expect_status(200);
    assert_eq!(members(&server, &path, &ben), [(me, "owner".to_owned())]);
}

#[test]
fn two_owners_who_leave_at_once_leave_one() {
    let mut server = Server::start();
    let [ben, cleo] = ["ben", "cleo"].map(|name| server.add_person(&format!("{name}@studio.example")).token);
    let own = format!("/projects/{}", server.create_project(&ben, "Ben's game"));
    add(&server, &own, &ben, "cleo@studio.example", "owner").expect_status(201);
    let leave = [&ben, &cleo].map(|token| (token, id_of(&server, token)));
    let mut statuses: Vec<_> = std::thread::scope(|scope| {
        let (server, own) = (&server, &own);
        let leaving = leave.map(|(token, user)| scope.spawn(move || remove(server, own, token, user).status));
        leaving.map(|thread| thread.join().unwrap()).into()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422]);
}

#[test]
fn issues_are_assigned_to_members_only() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example").token;
    let (owner, path) = (server.personal_token().to_owned(), project(&server));
    let me = id_of(&server, &ben);
    server.report("Falls", "").expect_status(201);
    let assign = Request::patch(server.path("issues/1.json")).bearer(&owner);
    let assign = assign.json(&json!({"assigned_to_id": me}));
    let refused = server.send(&assign).expect_status(422);
    assert_eq!(refused.error(), "assigned_to_id is not a member of the project");
    add(&server, &path, &owner, "ben@studio.example", "tester").expect_status(201);
    let assigned = server.send(&assign).expect_status(200).json();
    assert_eq!(assigned["assigned_to"], json!({"id": me, "name": "ben"}));
}
