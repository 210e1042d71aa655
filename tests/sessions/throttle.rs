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
fn a_stranger_who_guesses_locks_nobody_out_but_themselves() {
    let server = server();
    let email = server.first_start().owner_email.clone();
    for _ in 0..10 {
        from_address(&server, sign_in_request(&email, "guess"), "203.0.113.1").expect_status(401);
    }
    check_refused(from_address(&server, owner_request(&server), "203.0.113.1"));
    from_address(&server, owner_request(&server), "198.51.100.1").expect_status(201);
    // Their neighbours sign in to other accounts, and games go on.
    let other = sign_in_request("nobody@studio.example", "guess");
    from_address(&server, other, "203.0.113.1").expect_status(401);
    server.report("It works on", "").expect_status(201);
}

#[test]
fn fifty_failures_close_the_door_to_the_address_and_leave_others_open() {
    let server = server();
    for number in 0..50 {
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
