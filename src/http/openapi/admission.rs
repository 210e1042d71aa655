//! Who may call what, as the document tells it: each policy of [`crate::http::access`] in words and in schemes.

use bugle_storage::records::TokenScope;
use serde_json::{Map, Value, json};

use crate::http::access::{
    AnyPrincipal, Anybody, AtLeast, AtLeastIn, BatchReporter, BugReporter, FeatureRequester, FieldReader,
    Holder, InSession, Introduced, IssueWriter, Managing, OwnAccount, OwnBrowser, OwnPage, OwnProfile,
    Policy, ReaderOf, ReleaseCreator, ReleaseReader, SignedIn, TicketSender, TokenKeeper, UploadAddress,
};

/// A way to say who is asking.
#[derive(Clone, Copy)]
pub(super) enum Scheme {
    /// A personal token.
    Personal,
    /// The cookie of a signed-in browser.
    Session,
    /// A project token, alone or with whoever is playing.
    Game,
    /// The update token of a report.
    Update,
}

use Scheme::{Game, Personal, Session, Update};

impl Scheme {
    const ALL: [Self; 4] = [Personal, Session, Game, Update];

    const fn name(self) -> &'static str {
        match self {
            Personal => "personalToken",
            Session => "session",
            Game => "projectToken",
            Update => "updateToken",
        }
    }

    fn value(self) -> Value {
        match self {
            Personal => json!({
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "pat-…",
                "description": "A person's token: `Authorization: Bearer pat-…`, or `pat-…` alone. One that was made with `scopes` must have the one that stands with each operation (403): `write` includes `read`, `admin` includes both.",
            }),
            Session => json!({
                "type": "apiKey",
                "in": "cookie",
                "name": "bugle_session",
                "description": "The cookie that `POST /session.json` sets. It counts only where there is no \
                    `Authorization`, and not when another site's page makes a browser change something (403).",
            }),
            Game => json!({
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "A project's token: `FormUser tkn-…`, or `tkn-…` alone. Behind a comma it may say who \
                    is playing: `FormUser tkn-…,email:ADDRESS`, `FormUser tkn-…,discord_id:DIGITS`, or \
                    `FormUser tkn-…,JWT` with an update token, a submission token, a JWT that one of the project's identity keys \
                    signed, or the token of a player who signed in from the game. `FormUser anonymous` is nobody, and accepted only \
                    where a project's `anonymous_reports` is true.",
            }),
            Update => json!({
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "The `token` in the answer to a create. It is for that one report, for three days: \
                    `Authorization: Bearer JWT`. The token of a player who signed in from a game works alike, for \
                    what they reported within a day.",
            }),
        }
    }
}

/// The schemes, for the components.
pub(super) fn schemes() -> Value {
    let all = Scheme::ALL.map(|scheme| (scheme.name().to_owned(), scheme.value()));
    Value::Object(all.into_iter().collect::<Map<_, _>>())
}

/// Who is let in.
pub struct Admission {
    /// In words.
    pub who: &'static str,
    /// By what; any one will do.
    by: &'static [Scheme],
    /// Whether nothing at all may do, too.
    is_open: bool,
    /// What whoever is not let in is answered.
    refusals: &'static [u16],
}

impl Admission {
    /// The ways in, as the document lists them.
    pub fn requirements(&self, scope: Option<TokenScope>) -> Value {
        let scopes = |scheme: Scheme| match (scheme, scope) {
            (Personal, Some(scope)) => vec![scope.name()],
            _ => Vec::new(),
        };
        let way = |scheme: &Scheme| json!({scheme.name(): scopes(*scheme)});
        let mut ways: Vec<_> = self.by.iter().map(way).collect();
        if self.is_open {
            ways.push(json!({}));
        }
        ways.into()
    }

    /// Whether a personal token is a way in.
    pub fn takes_personal_tokens(&self) -> bool {
        self.by.iter().any(|scheme| matches!(scheme, Personal))
    }

    /// What whoever is not let in is answered.
    pub fn refusals(&self) -> impl Iterator<Item = u16> {
        self.refusals.iter().copied()
    }
}

/// A policy that the document can tell.
pub trait Explained: Policy {
    /// Whom it lets in.
    const ADMISSION: Admission;
}

macro_rules! explained {
    ($($policy:ty: $who:literal, by [$($by:ident)*] $(or $open:ident)?, else [$($refusal:literal)*];)*) => {$(
        impl Explained for $policy {
            const ADMISSION: Admission = Admission {
                who: $who,
                by: &[$($by),*],
                is_open: explained!(@open $($open)?),
                refusals: &[$($refusal),*],
            };
        }
    )*};
    (@open) => { false };
    (@open nothing) => { true };
}

explained! {
    Anybody: "anybody", by [] or nothing, else [];
    AnyPrincipal: "anybody, but a token that is shown must be good", by [Personal Session Game Update] or nothing, else [401 403];
    Introduced: "anybody", by [Personal Session Game Update] or nothing, else [];
    SignedIn: "people", by [Personal Session], else [401 403];
    OwnAccount: "people, themselves", by [Personal Session], else [401 403];
    TokenKeeper: "people, their own", by [Personal Session], else [401 403];
    OwnProfile: "people, themselves", by [Personal Session], else [401 403];
    InSession: "whoever is signed in", by [Session], else [401 403];
    OwnPage: "anybody, but no page of another site", by [] or nothing, else [403];
    OwnBrowser: "anybody, but no page of another site; whoever is signed in decides", by [Session] or nothing, else [403];
    UploadAddress: "whoever was given the address", by [] or nothing, else [403];
    ReaderOf: "members, the project's tokens; anybody if the project is public", by [Personal Session Game Update] or nothing, else [401 403];
    BugReporter: "members, project tokens with `can_create_bug_report`, and `FormUser anonymous` where the project allows it", by [Game Personal Session], else [401 403];
    BatchReporter: "members, project tokens with `can_create_bug_report`, and `FormUser anonymous` where the project allows it", by [Game Personal Session], else [401 403];
    FeatureRequester: "members, project tokens with `can_create_feature_request`, and `FormUser anonymous` where the project allows it", by [Game Personal Session], else [401 403];
    TicketSender: "members, project tokens with `can_create_support_ticket`, and `FormUser anonymous` where the project allows it", by [Game Personal Session], else [401 403];
    IssueWriter: "members; the report's update token; the player who sent it, within a day; the project token that sent it, from the same address within a day", by [Update Personal Session Game], else [401 403];
    Holder: "owners and developers; the report's update token", by [Update Personal Session Game], else [401 403];
    FieldReader: "members, project tokens", by [Personal Session Game], else [401 403];
    ReleaseReader: "members, project tokens with `can_read_releases`; anybody if the project is public", by [Personal Session Game] or nothing, else [401 403];
    ReleaseCreator: "owners, developers, project tokens with `can_create_release`", by [Personal Session Game], else [401 403];
}

impl<P: Explained> Explained for Managing<P> {
    const ADMISSION: Admission = P::ADMISSION;
}

impl<const ROLE: u8> Explained for AtLeast<ROLE> {
    const ADMISSION: Admission = Admission {
        who: match ROLE {
            0 => "members of the project",
            1 => "owners and developers of the project",
            _ => "owners of the project",
        },
        by: &[Personal, Session],
        is_open: false,
        refusals: &[401, 403],
    };
}

impl<const ROLE: u8> Explained for AtLeastIn<ROLE> {
    const ADMISSION: Admission = Admission {
        who: match ROLE {
            0 => "members of the organization",
            1 => "owners and developers of the organization",
            _ => "owners of the organization",
        },
        by: &[Personal, Session],
        is_open: false,
        refusals: &[401, 403],
    };
}
