//! Guessing passwords.

use support::{Request, Response, Server};

use crate::{owner_request, sign_in_request};

fn server() -> Server {
    Server::with_args(["--trusted-proxy", "127.0.0.1/32"])
}

fn from_address(server: &Server, request: Request, address: &str) -> Response {
    server.send(&request.header("X-Forwarded-For", address))
}

#[track_caller]
fn check_refused(answer: Response) {
    let answer = answer.expect_status(429);
    assert!(
        answer.error().contains("Too many failed attempts"),
        "{}",
        answer.error()
    );
    let seconds: u32 = answer.header("Retry-After").unwrap().parse().unwrap();
    assert!((1..=900).contains(&seconds), "{seconds}");
}

#[test]
fn ten_failures_close_the_account_to_all_and_leave_others_alone() {
    let server = server();
    let email = server.first_start().owner_email.clone();
    for number in 0..10 {
        let address = format!("203.0.113.{number}");
        from_address(&server, sign_in_request(&email, "guess"), &address).expect_status(401);
    }
    check_refused(from_address(&server, owner_request(&server), "198.51.100.1"));
    let other = sign_in_request("nobody@studio.example", "guess");
    from_address(&server, other, "198.51.100.1").expect_status(401);
    // Nobody is signed out by it, and tokens go on.
    server.report("It works on", "").expect_status(201);
}

#[test]
fn ten_failures_close_the_door_to_the_address_and_leave_others_open() {
    let server = server();
    for number in 0..10 {
        let request = sign_in_request(&format!("nobody{number}@studio.example"), "guess");
        from_address(&server, request, "203.0.113.1").expect_status(401);
    }
    check_refused(from_address(&server, owner_request(&server), "203.0.113.1"));
    from_address(&server, owner_request(&server), "203.0.113.2").expect_status(201);
}

#[test]
fn guesses_at_once_are_no_more_than_guesses_in_turn() {
    let server = server();
    let email = server.first_start().owner_email.clone();
    let statuses = std::thread::scope(|scope| {
        let guess = || server.send(&sign_in_request(&email, "guess")).status;
        let threads: Vec<_> = (0..24).map(|_| scope.spawn(guess)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!((count(401), count(429)), (10, 14), "{statuses:?}");
}
