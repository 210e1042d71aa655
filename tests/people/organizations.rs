//! Organizations: their life, their members, and the projects that they hold.

use serde_json::{Value, json};
use support::{Request, Server};

use crate::{
    add, change, create_organization, develops, id_of, members, move_project, project, reads, remove,
};

fn show(server: &Server, path: &str, token: &str) -> Value {
    let request = Request::get(format!("{path}.json")).bearer(token);
    server.send(&request).expect_status(200).json()
}

#[test]
fn an_organization_is_made_listed_renamed_and_deleted() {
    let mut server = Server::start();
    let [ben, cleo] = ["ben", "cleo"].map(|name| server.add_person(&format!("{name}@studio.example")).token);
    let request = Request::post("/organizations.json").bearer(&ben);
    let request = request.json(&json!({"organization": {"name": " Castle Studio "}}));
    let made = server
        .send(&request.clone().header("Idempotency-Key", "first"))
        .expect_status(201);
    let location = made.header("Location").unwrap().to_owned();
    let again = server
        .send(&request.header("Idempotency-Key", "first"))
        .expect_status(201);
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    let made = made.json();
    assert_eq!(again.json(), made);
    assert_eq!(
        (
            &made["name"],
            &made["role"],
            &made["member_count"],
            &made["project_count"]
        ),
        (&json!("Castle Studio"), &json!("owner"), &json!(1), &json!(0))
    );
    let path = format!("/organizations/{}", made["id"]);
    assert!(location.ends_with(&path), "{location}");

    let list = |token: &str| server.send(&Request::get("/organizations").bearer(token)).json();
    assert_eq!(list(&ben)["organizations"], json!([made]));
    assert_eq!(list(&ben)["total_count"], 1);
    assert_eq!(list(&cleo)["organizations"], json!([]));
    let rename = Request::patch(&path)
        .bearer(&ben)
        .json(&json!({"name": "Tower Studio"}));
    let renamed = server.send(&rename).expect_status(200).json();
    assert_eq!(renamed["name"], "Tower Studio");
    server.kill_hard();
    server.restart();
    assert_eq!(show(&server, &path, &ben), renamed);

    let delete = Request::delete(format!("{path}.json")).bearer(&ben);
    assert_eq!(server.send(&delete).expect_status(200).json(), renamed);
    server.send(&delete).expect_status(404);
    server.kill_hard();
    server.restart();
    server.send(&Request::get(&path).bearer(&ben)).expect_status(404);
    let (next, _) = create_organization(&server, &cleo, "Another");
    assert_ne!(next, path, "no number is given twice");
}

#[test]
fn members_of_the_organization_are_in_its_projects_at_once_and_no_longer() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example").token;
    let (owner, held) = (server.personal_token().to_owned(), project(&server));
    let me = id_of(&server, &ben);
    let (path, id) = create_organization(&server, &owner, "Castle Studio");
    add(&server, &path, &owner, "ben@studio.example", "developer").expect_status(201);
    assert_eq!(reads(&server, &ben), 403, "the project is not in it yet");

    let moved = move_project(&server, &held, &owner, &json!(id))
        .expect_status(200)
        .json();
    assert_eq!(
        (&moved["organization_id"], &moved["member_count"]),
        (&json!(id), &json!(2))
    );
    assert_eq!((reads(&server, &ben), develops(&server, &ben)), (200, 200));
    assert_eq!(show(&server, &path, &ben)["project_count"], 1);
    server.report("Falls", "").expect_status(201);
    let assign = Request::patch(server.path("issues/1.json")).bearer(&ben);
    let assigned = server
        .send(&assign.json(&json!({"assigned_to_id": me})))
        .expect_status(200);
    assert_eq!(
        assigned.json()["assigned_to"]["id"],
        me,
        "through the organization"
    );

    change(&server, &path, &owner, me, "tester").expect_status(200);
    assert_eq!((reads(&server, &ben), develops(&server, &ben)), (200, 403));
    server.kill_hard();
    server.restart();
    assert_eq!((reads(&server, &ben), develops(&server, &ben)), (200, 403));
    assert_eq!(
        members(&server, &held, &owner),
        [(1, "owner".to_owned()), (me, "tester".to_owned())]
    );

    let out = move_project(&server, &held, &owner, &json!(null))
        .expect_status(200)
        .json();
    assert_eq!(
        (&out["organization_id"], &out["member_count"]),
        (&json!(null), &json!(1))
    );
    assert_eq!(reads(&server, &ben), 403);
    move_project(&server, &held, &owner, &json!(id)).expect_status(200);
    assert_eq!(reads(&server, &ben), 200);
    remove(&server, &path, &ben, me).expect_status(200);
    assert_eq!(
        reads(&server, &ben),
        403,
        "who leaves the organization leaves its projects"
    );
}

#[test]
fn the_higher_role_counts() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example").token;
    let (owner, held) = (server.personal_token().to_owned(), project(&server));
    let me = id_of(&server, &ben);
    let (path, id) = create_organization(&server, &owner, "Castle Studio");
    move_project(&server, &held, &owner, &json!(id)).expect_status(200);
    add(&server, &path, &owner, "ben@studio.example", "tester").expect_status(201);
    add(&server, &held, &owner, "ben@studio.example", "developer").expect_status(201);
    let listed = server
        .send(&Request::get(format!("{held}/members")).bearer(&ben))
        .json();
    let (role, through) = (
        &listed["members"][1]["role"],
        &listed["members"][1]["organization_role"],
    );
    assert_eq!(
        (role, through),
        (&json!("developer"), &json!("tester")),
        "{listed}"
    );
    assert_eq!(show(&server, &held, &ben)["member_count"], 2, "counted once");
    change(&server, &path, &owner, me, "owner").expect_status(200);
    let changed = change(&server, &held, &ben, me, "tester")
        .expect_status(200)
        .json();
    assert_eq!(
        (&changed["role"], &changed["organization_role"]),
        (&json!("owner"), &json!("owner"))
    );
    remove(&server, &held, &ben, me).expect_status(200);
    assert_eq!(
        develops(&server, &ben),
        200,
        "still there through the organization"
    );
    for refused in [
        remove(&server, &held, &owner, me),
        change(&server, &held, &owner, me, "tester"),
    ] {
        assert_eq!(
            refused.expect_status(422).error(),
            "user belongs to the project through its organization; change that"
        );
    }
}

#[test]
fn a_project_moves_only_between_organizations_of_whoever_moves_it() {
    let mut server = Server::start();
    let [ben, cleo] = ["ben", "cleo"].map(|name| server.add_person(&format!("{name}@studio.example")).token);
    let (bens, bens_id) = create_organization(&server, &ben, "Ben's");
    let (cleos, cleos_id) = create_organization(&server, &cleo, "Cleo's");
    let create = |token: &str, organization: u64| {
        let request = Request::post("/projects.json").bearer(token);
        server.send(&request.json(&json!({"name": "Game", "organization_id": organization})))
    };
    let refused = create(&ben, cleos_id).expect_status(422);
    assert_eq!(
        refused.error(),
        "organization_id must be an organization that you are an owner of"
    );
    create(&ben, 99).expect_status(422);
    let made = create(&ben, bens_id).expect_status(201).json();
    assert_eq!(made["organization_id"], bens_id);
    let held = format!("/projects/{}", made["id"].as_str().unwrap());

    // An owner of the project who is none of its organization.
    add(&server, &held, &ben, "cleo@studio.example", "owner").expect_status(201);
    for elsewhere in [json!(null), json!(cleos_id)] {
        let refused = move_project(&server, &held, &cleo, &elsewhere).expect_status(422);
        assert_eq!(
            refused.error(),
            "organization_id can be changed only by an owner of the organization that the project belongs to"
        );
    }
    move_project(&server, &held, &cleo, &json!(bens_id)).expect_status(200);
    move_project(&server, &held, &ben, &json!(cleos_id)).expect_status(422);
    add(&server, &cleos, &cleo, "ben@studio.example", "developer").expect_status(201);
    move_project(&server, &held, &ben, &json!(cleos_id)).expect_status(422);
    add(&server, &bens, &ben, "cleo@studio.example", "owner").expect_status(201);
    let moved = move_project(&server, &held, &cleo, &json!(cleos_id))
        .expect_status(200)
        .json();
    assert_eq!(moved["organization_id"], cleos_id);
    let kept = Request::patch(format!("{held}.json"))
        .bearer(&cleo)
        .json(&json!({"name": "New"}));
    assert_eq!(
        server.send(&kept).expect_status(200).json()["organization_id"],
        cleos_id
    );
}

#[test]
fn an_organization_with_projects_stays() {
    let server = Server::start();
    let owner = server.personal_token();
    let (path, id) = create_organization(&server, owner, "Castle Studio");
    move_project(&server, &project(&server), owner, &json!(id)).expect_status(200);
    let delete = Request::delete(format!("{path}.json")).bearer(owner);
    let refused = server.send(&delete).expect_status(422);
    assert_eq!(
        refused.error(),
        "organization still has projects; move them out of it first"
    );
    assert_eq!(reads(&server, owner), 200);
    move_project(&server, &project(&server), owner, &json!(null)).expect_status(200);
    server.send(&delete).expect_status(200);
}

#[test]
fn owners_decide_developers_look_and_everybody_may_leave() {
    let mut server = Server::start();
    let [ben, cleo, dora] =
        ["ben", "cleo", "dora"].map(|name| server.add_person(&format!("{name}@studio.example")).token);
    let owner = server.personal_token().to_owned();
    let [ben_id, cleo_id] = [&ben, &cleo].map(|token| id_of(&server, token));
    let (path, _) = create_organization(&server, &owner, "Castle Studio");
    add(&server, &path, &owner, "ben@studio.example", "developer").expect_status(201);
    add(&server, &path, &owner, "cleo@studio.example", "tester").expect_status(201);
    for (token, shows, lists) in [(&ben, 200, 200), (&cleo, 200, 403), (&dora, 403, 403)] {
        assert_eq!(server.send(&Request::get(&path).bearer(token)).status, shows);
        let list = Request::get(format!("{path}/members.json")).bearer(token);
        assert_eq!(server.send(&list).status, lists);
        let rename = Request::patch(&path).bearer(token).json(&json!({"name": "Mine"}));
        server.send(&rename).expect_status(403);
        server
            .send(&Request::delete(&path).bearer(token))
            .expect_status(403);
        add(&server, &path, token, "dora@studio.example", "tester").expect_status(403);
        change(&server, &path, token, ben_id, "owner").expect_status(403);
        remove(&server, &path, token, 1).expect_status(403);
    }
    for path in ["/organizations.json", path.as_str()] {
        server.send(&Request::get(path)).expect_status(401);
        let game = Request::get(path).form_user(server.project_token());
        server.send(&game).expect_status(403);
    }
    remove(&server, &path, &cleo, cleo_id).expect_status(200);
    change(&server, &path, &owner, 1, "tester").expect_status(422);
    remove(&server, &path, &owner, 1).expect_status(422);
    change(&server, &path, &owner, ben_id, "owner").expect_status(200);
    remove(&server, &path, &owner, 1).expect_status(200);
    assert_eq!(members(&server, &path, &ben), [(ben_id, "owner".to_owned())]);
}
