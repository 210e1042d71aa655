//! Mail to those who sent reports: what it says and to whom it goes, that no report waits for it, and that it is sent
//! after a kill.
#![expect(
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod peer;
mod real_server;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Launch, Request, Response, Server, bugle};

use peer::{Manner, Peer};

const FROM: &str = "Studio <bugs@studio.example>";

fn server_with(url: &str) -> Server {
    Launch::new()
        .with_args(["--smtp-url", url, "--mail-from", FROM])
        .start()
}

fn server_beside(peer: &Peer) -> Server {
    server_with(&format!("smtp://user:geheim@{}", peer.address))
}

/// Files a report whose sender wants a link.
fn report(server: &Server, title: &str, email: &str) -> Response {
    let body = json!({"title": title, "user": {"email": email}, "email_my_report": true});
    let token = server.token_with_limit(1000);
    server
        .send(
            &Request::post(server.path("issues.json"))
                .form_user(&token)
                .json(&body),
        )
        .expect_status(201)
}

fn ticket(server: &Server, email: &str) -> Value {
    let body = json!({"title": "Lost my save", "description": "All of it.", "reporter_email": email});
    let request = Request::post(server.path("tickets.json"))
        .form_user(server.project_token())
        .json(&body);
    server.send(&request).expect_status(201).json()
}

fn answer(server: &Server, ticket: &Value, text: &str) {
    let path = server.path(&format!("tickets/t-{}/comments.json", ticket["id"]));
    let request = Request::post(path)
        .bearer(server.personal_token())
        .json(&json!({"body": text}));
    server.send(&request).expect_status(201);
}

#[test]
fn whoever_wants_it_gets_a_link_that_opens_their_report() {
    let peer = Peer::start(Manner::Takes);
    let server = server_beside(&peer);
    let title = "<b>Lift</b> & \"fountain\"";
    report(&server, title, "player@example.com");
    let mail = peer.wait_for(1).remove(0);
    assert_eq!(mail.recipients, ["RCPT TO:<player@example.com>"]);
    assert_eq!(mail.header("To").as_deref(), Some("player@example.com"));
    assert_eq!(mail.header("From").as_deref(), Some(FROM));
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    let subject = mail.header("Subject").unwrap();
    assert!(subject.ends_with("Your bug report has arrived"), "{subject}");
    assert!(mail.body().contains(title), "{}", mail.body());

    let page = server.send(&Request::get(mail.link())).expect_status(200);
    let html = page.text();
    assert!(
        html.contains("&#60;b&#62;Lift&#60;/b&#62; &#38; &#34;fountain&#34;"),
        "{html}"
    );
    assert!(!html.contains("<b>Lift"), "{html}");
    assert!(
        html.contains("Status: open") && html.contains("noindex"),
        "{html}"
    );
    assert!(!html.contains("player@example.com"), "{html}");
    assert_eq!(page.header("Referrer-Policy"), Some("no-referrer"));
    assert_eq!(page.header("Cache-Control"), Some("no-store"));
    assert!(
        page.header("Content-Security-Policy")
            .unwrap()
            .starts_with("default-src 'none';")
    );
    assert!(!server.log().contains("geheim") && !server.log().contains("player@example.com"));
}

#[test]
fn a_link_does_nothing_else_and_other_tokens_open_nothing() {
    let peer = Peer::start(Manner::Takes);
    let server = server_beside(&peer);
    let created = report(&server, "Mine", "player@example.com").json();
    let link = peer.wait_for(1)[0].link();
    let token = link.rsplit('/').next().unwrap();
    let publish = server.path(&format!("issues/g-{}/publish", created["id"]));
    server
        .send(&Request::post(publish).bearer(token).json(&json!({})))
        .expect_status(401);
    let update_token = created["token"].as_str().unwrap();
    let wrong = token.replace('.', "x");
    for other in [update_token, "abc", "a.b.c", &wrong] {
        let page = server
            .send(&Request::get(format!("/reports/{other}")))
            .expect_status(404);
        assert_eq!(page.header("Content-Type"), Some("text/html; charset=utf-8"));
    }
}

#[test]
fn a_draft_is_told_of_once_it_is_published_and_others_are_not() {
    let peer = Peer::start(Manner::Takes);
    let server = server_beside(&peer);
    let file = |body: Value| {
        let request = Request::post(server.path("issues.json"))
            .form_user(server.project_token())
            .json(&body);
        server.send(&request).expect_status(201).json()
    };
    let draft = file(json!({"title": "Draft", "draft": true, "user": {"email": "draft@example.com"}}));
    file(json!({"title": "No mail wanted", "user": {"email": "silent@example.com"}}));
    file(json!({"title": "No address", "email_my_report": true}));
    report(&server, "At once", "first@example.com");
    assert_eq!(peer.wait_for(1)[0].recipients, ["RCPT TO:<first@example.com>"]);
    let publish = Request::post(server.path(&format!("issues/g-{}/publish", draft["id"])))
        .bearer(draft["token"].as_str().unwrap())
        .form(&[("email_my_report", "True")]);
    for _ in 0..2 {
        server.send(&publish).expect_status(200);
    }
    let mails = peer.wait_for(2);
    assert_eq!(mails[1].recipients, ["RCPT TO:<draft@example.com>"]);
    report(&server, "Last", "last@example.com");
    let told: Vec<_> = peer
        .wait_for(3)
        .into_iter()
        .flat_map(|mail| mail.recipients)
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[2], "RCPT TO:<last@example.com>");
}

#[test]
fn an_answer_to_a_ticket_is_told_and_shown() {
    let peer = Peer::start(Manner::Takes);
    let server = server_beside(&peer);
    let ticket = ticket(&server, "player@example.com");
    answer(&server, &ticket, "Try <i>this</i>.");
    let mail = peer.wait_for(1).remove(0);
    let subject = mail.header("Subject").unwrap();
    assert!(subject.ends_with("An answer to your support ticket"), "{subject}");
    assert!(mail.body().contains("Lost my save"), "{}", mail.body());
    let html = server.send(&Request::get(mail.link())).expect_status(200).text();
    assert!(html.contains("Try &#60;i&#62;this&#60;/i&#62;."), "{html}");
    assert!(html.contains("All of it."), "{html}");
}

#[test]
fn an_answer_that_was_taken_away_is_told_to_nobody() {
    let peer = Peer::start(Manner::RefusesForNow);
    let mut server = server_beside(&peer);
    let ticket = ticket(&server, "player@example.com");
    answer(&server, &ticket, "Not for you.");
    support::eventually("the log says that it is tried again", || {
        server.log().contains("is tried again")
    });
    let comments = server.path(&format!("tickets/t-{}/comments", ticket["id"]));
    let list = Request::get(format!("{comments}.json")).bearer(server.personal_token());
    let listed = server.send(&list).expect_status(200).json();
    let id = &listed["comments"][0]["id"];
    let delete = Request::delete(format!("{comments}/{id}.json")).bearer(server.personal_token());
    server.send(&delete).expect_status(200);
    peer.becomes(Manner::Takes);
    // After a start all that is due is tried at once.
    server.restart();
    report(&server, "Another", "another@example.com");
    assert_eq!(peer.wait_for(1)[0].recipients, ["RCPT TO:<another@example.com>"]);
}

#[test]
fn the_page_shows_the_newest_answers() {
    let peer = Peer::start(Manner::Takes);
    let server = server_beside(&peer);
    let ticket = ticket(&server, "player@example.com");
    for number in 0..201 {
        answer(&server, &ticket, &format!("Answer {number}."));
    }
    let link = peer.wait_for(1)[0].link();
    let html = server.send(&Request::get(link)).expect_status(200).text();
    assert!(
        html.contains("Answer 200.") && html.contains("Answer 1."),
        "{html}"
    );
    assert!(!html.contains("Answer 0."), "{html}");
}

#[test]
fn a_mail_server_that_hangs_delays_no_report_and_what_is_due_is_sent_after_a_kill() {
    let peer = Peer::start(Manner::Hangs);
    let mut server = server_beside(&peer);
    report(&server, "The first", "first@example.com");
    peer.wait_for_connection();
    let began = Instant::now();
    for number in 0..20 {
        report(
            &server,
            &format!("Number {number}"),
            &format!("player-{number}@example.com"),
        );
    }
    let took = began.elapsed();
    assert!(
        took < Duration::from_secs(10),
        "20 reports took {took:?} while the mail server hung"
    );
    server.kill_hard();
    peer.becomes(Manner::Takes);
    server.restart();
    let mails = peer.wait_for(21);
    let mut told: Vec<_> = mails.iter().flat_map(|mail| mail.recipients.clone()).collect();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), 21, "{told:?}");
    // What was sent is not sent again.
    server.restart();
    report(&server, "The last", "last@example.com");
    let mails = peer.wait_for(22);
    assert_eq!(mails.len(), 22);
    assert_eq!(mails[21].recipients, ["RCPT TO:<last@example.com>"]);
}

#[test]
fn what_is_refused_for_now_is_tried_again_and_what_is_refused_for_good_is_not() {
    let peer = Peer::start(Manner::RefusesForGood);
    let server = server_beside(&peer);
    report(&server, "Never", "never@example.com");
    support::eventually("the log says that it is not sent", || {
        server.log().contains("a mail is not sent")
    });
    let counts = || {
        ["delivered", "failed", "given_up"].map(|outcome| {
            let name = format!("bugle_mails_total{{outcome=\"{outcome}\"}}");
            server.metric(&name)
        })
    };
    let due = || server.metric("bugle_mails_due");
    support::eventually("it is given up", || (counts(), due()) == ([0, 0, 1], 0));
    peer.becomes(Manner::RefusesForNow);
    report(&server, "Later", "later@example.com");
    support::eventually("the log says that it is tried again", || {
        server.log().contains("is tried again")
    });
    support::eventually("it has failed and is due", || {
        let [delivered, failed, given_up] = counts();
        (delivered, given_up, due()) == (0, 1, 1) && failed > 0
    });
    peer.becomes(Manner::Takes);
    let mails = peer.wait_for(1);
    support::eventually("it is delivered", || {
        let [delivered, _, given_up] = counts();
        (delivered, given_up, due()) == (1, 1, 0)
    });
    assert_eq!(mails[0].recipients, ["RCPT TO:<later@example.com>"]);
    assert!(!server.log().contains("example.com"), "no address is logged");
}

#[test]
fn one_address_gets_ten_mails_an_hour() {
    let peer = Peer::start(Manner::Takes);
    let server = server_beside(&peer);
    for number in 0..12 {
        report(&server, &format!("Number {number}"), "victim@example.com");
    }
    report(&server, "Another", "another@example.com");
    let is_other = |mail: &peer::Mail| mail.recipients == ["RCPT TO:<another@example.com>"];
    support::eventually("the other's mail", || peer.mails().iter().any(is_other));
    support::eventually("all have been looked at", || {
        server.log().matches("a mail is not sent").count() == 2
    });
    assert_eq!(peer.mails().len(), 11);
}

#[test]
fn settings_that_cannot_be_used_are_told_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    for (url, from, word) in [
        (
            "http://user:geheim@mail.example",
            Some(FROM),
            "--smtp-url must be",
        ),
        (
            "smtps://user:geheim@mail.example",
            Some("nobody"),
            "--mail-from must be",
        ),
        (
            "smtps://user:geheim@mail.example",
            None,
            "--smtp-url needs --mail-from",
        ),
    ] {
        let mut command = bugle();
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--smtp-url", url, "--data"])
            .arg(folder.path());
        if let Some(from) = from {
            command.args(["--mail-from", from]);
        }
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(word), "{told}");
        assert!(!told.contains("geheim"), "{told}");
    }
    let mut help = bugle();
    let help = help
        .args(["serve", "--help"])
        .env("BUGLE_SMTP_URL", "smtps://user:geheim@mail.example");
    let told = help.output().unwrap();
    assert!(!String::from_utf8_lossy(&told.stdout).contains("geheim"));
}
