//! The client against receivers that do what they like.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::webhooks::AllowedTarget;
use crate::webhooks::names::system_look_up;

fn targets(allowed: &[&str]) -> Arc<Targets> {
    let allowed = allowed.iter().map(|target| target.parse::<AllowedTarget>());
    Arc::new(Targets::new(&allowed.collect::<Result<Vec<_>, _>>().unwrap()))
}

/// Gives these addresses, the last one for ever.
fn look_up_of(addresses: &'static [&'static str]) -> LookUp {
    let asked = AtomicUsize::new(0);
    Arc::new(move |_| {
        let turn = asked.fetch_add(1, Ordering::Relaxed).min(addresses.len() - 1);
        let address = addresses[turn].parse().unwrap();
        Box::pin(async move { Ok(vec![address]) })
    })
}

async fn send(sender: &Sender, url: &str) -> Sent {
    let message = Message {
        url,
        id: "msg_1",
        timestamp: 1,
        signatures: "v1,x".into(),
        body: bytes::Bytes::from_static(b"{}"),
    };
    sender.send(message).await
}

/// Answers every request with these bytes, and says where.
async fn receiver(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    actix::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            actix::spawn(reply(connection, answer));
        }
    });
    port
}

async fn reply(mut connection: TcpStream, answer: &'static str) {
    let mut buffer = [0; 4096];
    let _ = connection.read(&mut buffer).await;
    let _ = connection.write_all(answer.as_bytes()).await;
}

const OK: &str = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

#[actix::test]
async fn a_name_whose_address_becomes_private_is_refused() {
    let port = receiver(OK).await;
    // The one that is allowed stands for a public address: the test has none.
    let look_up = look_up_of(&["127.0.0.1", "127.0.0.2"]);
    let sender = Sender::new(targets(&["127.0.0.1"]), look_up).unwrap();
    let url = format!("http://hook.example:{port}/");
    let insecure = send(&sender, &url).await;
    assert_eq!(
        insecure.outcome,
        DeliveryOutcome::AddressForbidden,
        "a name needs https"
    );

    let look_up = look_up_of(&["10.0.0.1"]);
    let sender = Sender::new(targets(&[]), look_up).unwrap();
    let sent = send(&sender, "https://hook.example/").await;
    assert_eq!(sent.outcome, DeliveryOutcome::AddressForbidden);
}

#[actix::test]
async fn each_answer_of_the_names_is_looked_at() {
    let resolver = Resolver {
        look_up: look_up_of(&[
            "93.184.216.34",
            "169.254.169.254",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
        ]),
        targets: targets(&[]),
    };
    let resolve = || resolver.resolve("hook.example".parse().unwrap());
    let first: Vec<_> = resolve()
        .await
        .unwrap()
        .map(|found| found.ip().to_string())
        .collect();
    assert_eq!(first, ["93.184.216.34"]);
    for _ in 0..3 {
        let refused = resolve().await.err().unwrap();
        assert!(matches!(refused.downcast_ref(), Some(ResolveError::Forbidden)));
    }
}

#[actix::test]
async fn of_several_addresses_the_public_ones_are_kept() {
    let both: LookUp = Arc::new(|_| {
        Box::pin(async {
            Ok(vec![
                "127.0.0.1".parse().unwrap(),
                "93.184.216.34".parse().unwrap(),
            ])
        })
    });
    let resolver = Resolver {
        look_up: both,
        targets: targets(&[]),
    };
    let found = resolver.resolve("hook.example".parse().unwrap()).await.unwrap();
    assert_eq!(found.count(), 1);
}

#[actix::test]
async fn a_redirect_is_not_followed() {
    let trap = receiver(OK).await;
    let answer =
        format!("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{trap}/\r\nContent-Length: 0\r\n\r\n");
    let port = receiver(answer.leak()).await;
    let sender = Sender::new(targets(&["127.0.0.1"]), system_look_up()).unwrap();
    let sent = send(&sender, &format!("http://127.0.0.1:{port}/")).await;
    let expected = Sent {
        outcome: DeliveryOutcome::Redirected,
        status: Some(302),
        retry_after: None,
    };
    assert_eq!(sent, expected);
}

#[actix::test]
async fn what_comes_of_a_message_is_told() {
    let sender = Sender::new(targets(&["127.0.0.1", "hook.example"]), system_look_up()).unwrap();
    for (answer, outcome, status, retry_after) in [
        (OK, DeliveryOutcome::Delivered, Some(204), None),
        (
            "HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\n",
            DeliveryOutcome::Refused,
            Some(500),
            None,
        ),
        (
            "HTTP/1.1 429 Later\r\nRetry-After: 7\r\nConnection: close\r\n\r\n",
            DeliveryOutcome::Refused,
            Some(429),
            Some(7),
        ),
        (
            "HTTP/1.1 503 Later\r\nRetry-After: Thu, 01 Jan 1970 00:00:31 GMT\r\nConnection: close\r\n\r\n",
            DeliveryOutcome::Refused,
            Some(503),
            Some(30),
        ),
        (
            "SSH-2.0-OpenSSH_9.2\r\n",
            DeliveryOutcome::Unreachable,
            None,
            None,
        ),
        ("", DeliveryOutcome::Unreachable, None, None),
    ] {
        let port = receiver(answer).await;
        let sent = send(&sender, &format!("http://127.0.0.1:{port}/")).await;
        let expected = Sent {
            outcome,
            status,
            retry_after,
        };
        assert_eq!(sent, expected, "{answer:?}");
    }
    let port = receiver("this is not TLS").await;
    let sent = send(&sender, &format!("https://127.0.0.1:{port}/")).await;
    assert_eq!(sent.outcome, DeliveryOutcome::Untrusted);
    let sent = send(&sender, "http://127.0.0.1:1/").await;
    assert_eq!(sent.outcome, DeliveryOutcome::Unreachable);
    let unknown: LookUp = Arc::new(|_| Box::pin(async { Err(io::Error::other("no such name")) }));
    let sender = Sender::new(targets(&[]), unknown).unwrap();
    let sent = send(&sender, "https://hook.example/").await;
    assert_eq!(sent.outcome, DeliveryOutcome::NameUnknown);
}
