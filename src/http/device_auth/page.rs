//! The page on which somebody decides whether a game may report in their name. It has no script, loads nothing, and is
//! shown in no frame. What a game calls itself is anybody's text: it is escaped, and said to be what the game says.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::http::html::{self, Escaped};

/// Who asks: `bdi` keeps letters that are written from right to left from turning the sentence around.
fn asker(game: Option<&str>) -> String {
    game.map_or_else(
        || "A game that does not say its name".to_owned(),
        |game| {
            format!(
                "A game that calls itself <strong><bdi>{}</bdi></strong>",
                Escaped(game)
            )
        },
    )
}

fn answer(status: StatusCode, title: &str, body: &str) -> HttpResponse {
    // Not less: without it, older browsers do not say that the form comes from this page.
    html::page(status, title, body, "same-origin")
}

/// Asks for e-mail address and password. `problem` is what was wrong with the last ones.
pub(super) fn sign_in(game: Option<&str>, status: StatusCode, problem: Option<&str>) -> HttpResponse {
    let problem = problem.map_or_else(String::new, |problem| {
        format!("<p role=\"alert\">{}</p>\n", Escaped(problem))
    });
    let body = format!(
        "<p>{} asks to send reports in your name.</p>\n{problem}<form method=\"post\">\n\
         <label>E-mail address <input type=\"email\" name=\"email\" autocomplete=\"username\" required autofocus></label>\n\
         <label>Password <input type=\"password\" name=\"password\" autocomplete=\"current-password\" required></label>\n\
         <button>Sign in</button>\n</form>",
        asker(game)
    );
    answer(status, "Sign in", &body)
}

/// Asks for the decision. `user` is the name and the e-mail address of whoever is signed in.
pub(super) fn decide(game: Option<&str>, (name, email): (&str, &str), form_token: &str) -> HttpResponse {
    let body = format!(
        "<p>{} asks to send reports in your name.</p>\n\
         <p>You are signed in as <bdi>{}</bdi> (<bdi>{}</bdi>). For 24 hours it could report as you and add to those \
         reports, and whoever reads them would see your name. It could read nothing and change nothing else.</p>\n\
         <p>Approve only if you have just asked the game for it. If somebody sent you this address, refuse.</p>\n\
         <form method=\"post\">\n<input type=\"hidden\" name=\"form_token\" value=\"{}\">\n\
         <button name=\"decision\" value=\"approve\">Approve</button>\n\
         <button name=\"decision\" value=\"refuse\">Refuse</button>\n</form>",
        asker(game),
        Escaped(name),
        Escaped(email),
        Escaped(form_token)
    );
    answer(StatusCode::OK, "Sign in from a game", &body)
}

/// Says what was decided.
pub(super) fn decided(approved: bool) -> HttpResponse {
    let body = if approved {
        "<p>You are signed in. Go back to the game.</p>"
    } else {
        "<p>You refused. The game is told so.</p>"
    };
    answer(StatusCode::OK, "Thank you", body)
}

/// Says that there is nothing to decide.
pub(super) fn ended() -> HttpResponse {
    let body = "<p>This sign-in has ended, or there never was one. Begin again in the game.</p>";
    answer(StatusCode::NOT_FOUND, "Nothing to decide", body)
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;

    use super::*;

    #[test]
    fn what_a_game_calls_itself_is_no_markup() {
        let name = "</bdi><script>alert('1')</script>\"&";
        let page = decide(Some(name), ("<b>Ada", "a\"@b.example"), "t").into_body();
        let html = String::from_utf8(page.try_into_bytes().unwrap().to_vec()).unwrap();
        assert!(!html.contains("<script"), "{html}");
        assert!(
            html.contains("&lt;/bdi&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;</bdi>"),
            "{html}"
        );
        assert!(
            html.contains("&lt;b&gt;Ada") && html.contains("a&quot;@b.example"),
            "{html}"
        );
    }
}
