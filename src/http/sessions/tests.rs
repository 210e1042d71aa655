use std::sync::Arc;

use actix_web::App;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, init_service};
use bugle_actors::{Actors, ActorsOptions, Clock, CreateUser, NewUser, hash_password};
use bugle_storage::disk::RealDisk;
use bugle_storage::records::AccountOrigin;
use bugle_storage::{BlobStore, MemoryStore, Timestamp};

use super::*;
use crate::http::routes;
use crate::http::state::HttpOptions;

const START: Timestamp = Timestamp(1_795_292_312_000);
const PUBLIC_URL: &str = "https://bugs.studio.example";

/// A server behind a proxy that speaks HTTPS, with one person, whose password is `pass`.
async fn state(folder: &tempfile::TempDir) -> State {
    let clock = Clock::manual(START);
    let store = Arc::new(MemoryStore::new());
    let actors = Actors::start(ActorsOptions {
        store,
        clock,
        search: None,
        mail: false,
        courier: None,
    })
    .unwrap();
    let new = NewUser {
        name: "Jo".into(),
        email: "jo@studio.example".into(),
        password_hash: hash_password("pass").unwrap(),
        administrator: false,
        origin: AccountOrigin::Operator,
    };
    actors
        .ask_accounts(|reply| CreateUser { new, reply })
        .await
        .unwrap();
    let options = HttpOptions {
        public_url: PUBLIC_URL.into(),
        trusted_proxies: Vec::new(),
        ipv6_prefix: 64,
        upload_size_max: 0,
        issue_files_size_max: 0,
        body_timeout: std::time::Duration::from_secs(30),
        body_memory: 1 << 20,
        targets: Arc::default(),
    };
    let blobs = Arc::new(BlobStore::open(Arc::new(RealDisk), folder.path()).unwrap());
    web::Data::new(AppState::new(actors, blobs, options))
}

async fn send(state: &State, request: TestRequest) -> ServiceResponse {
    let app = init_service(App::new().app_data(state.clone()).configure(routes::configure)).await;
    app.call(request.to_request()).await.unwrap()
}

async fn sign_in(state: &State) -> Cookie<'static> {
    let body = json!({"email": "Jo@studio.example", "password": "pass"});
    let response = send(state, TestRequest::post().uri("/session.json").set_json(body)).await;
    assert_eq!(response.status(), 201);
    let cookie = response.response().cookies().next().unwrap();
    cookie.into_owned()
}

#[actix_web::test]
async fn behind_https_the_cookie_is_sent_over_https_only() {
    let folder = tempfile::tempdir().unwrap();
    let cookie = sign_in(&state(&folder).await).await;
    assert_eq!(cookie.secure(), Some(true));
    assert_eq!((cookie.name(), cookie.http_only()), (COOKIE_NAME, Some(true)));
}

#[actix_web::test]
async fn a_session_ends_thirty_days_later() {
    let folder = tempfile::tempdir().unwrap();
    let state = state(&folder).await;
    let cookie = sign_in(&state).await;
    let end = START.plus_seconds(SESSION_LIFE_SECONDS);
    for (moment, status) in [(START, 200), (Timestamp(end.0 - 1), 200), (end, 401)] {
        state.clock().set(moment);
        let request = TestRequest::get().uri("/profiles/me.json").cookie(cookie.clone());
        assert_eq!(send(&state, request).await.status(), status, "{moment:?}");
    }
}

#[actix_web::test]
async fn pages_under_the_public_address_are_our_own() {
    let folder = tempfile::tempdir().unwrap();
    let state = state(&folder).await;
    for (origin, status) in [("https://evil.example", 403), (PUBLIC_URL, 200)] {
        let request = TestRequest::delete().uri("/session.json");
        let request = request
            .cookie(sign_in(&state).await)
            .insert_header((header::ORIGIN, origin));
        assert_eq!(send(&state, request).await.status(), status, "{origin}");
    }
}
