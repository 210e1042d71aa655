//! The page on which somebody decides whether a game may report in their name. What a game calls itself is anybody's
//! text, and said to be what the game says.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::told::{Told, answered};
use crate::http::state::AppState;
use crate::pages::Frame;
use crate::pages::answer::page_with_status;

#[derive(Template)]
#[template(path = "account/device_sign_in.html")]
struct SignInPage<'a> {
    frame: &'a Frame,
    game: Option<&'a str>,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "account/device_decide.html")]
struct DecidePage<'a> {
    frame: &'a Frame,
    game: Option<&'a str>,
    name: &'a str,
    email: &'a str,
    form_token: &'a str,
}

/// What the pages of one request stand in.
pub struct Asked<'a> {
    /// What stands around them.
    pub frame: Frame,
    /// The server.
    pub state: &'a AppState,
}

impl Asked<'_> {
    /// Asks for e-mail address and password. `problem` is what was wrong with the last ones.
    pub fn sign_in(&self, game: Option<&str>, status: StatusCode, problem: Option<&str>) -> HttpResponse {
        let template = SignInPage {
            frame: &self.frame,
            game,
            problem,
        };
        answered(page_with_status(status, &self.frame, self.state, &template))
    }

    /// Asks for the decision. `user` is the name and the e-mail address of whoever is signed in.
    pub fn decide(&self, game: Option<&str>, (name, email): (&str, &str), form_token: &str) -> HttpResponse {
        let template = DecidePage {
            frame: &self.frame,
            game,
            name,
            email,
            form_token,
        };
        answered(page_with_status(
            StatusCode::OK,
            &self.frame,
            self.state,
            &template,
        ))
    }

    /// Says what was decided.
    pub fn decided(&self, approved: bool) -> HttpResponse {
        let text = if approved {
            "You are signed in. Go back to the game."
        } else {
            "You refused. The game is told so."
        };
        self.told(StatusCode::OK, "Thank you", text)
    }

    /// Says that there is nothing to decide.
    pub fn ended(&self) -> HttpResponse {
        let text = "This sign-in has ended, or there never was one. Begin again in the game.";
        self.told(StatusCode::NOT_FOUND, "Nothing to decide", text)
    }

    fn told(&self, status: StatusCode, heading: &str, text: &str) -> HttpResponse {
        let told = Told {
            frame: &self.frame,
            heading,
            text,
        };
        answered(told.page(status, self.state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_game_calls_itself_is_no_markup() {
        let page = DecidePage {
            frame: &Frame::default(),
            game: Some("</bdi><script>alert('1')</script>\"&"),
            name: "<b>Ada",
            email: "a\"@b.example",
            form_token: "t",
        };
        let html = page.render().unwrap();
        assert!(!html.contains("<script>"), "{html}");
        assert!(!html.contains("<b>") && !html.contains("a\"@"), "{html}");
        assert!(html.contains("alert("), "{html}");
    }
}
