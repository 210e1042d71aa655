//! The files that come with the pages. They are in the binary, and each address holds a piece of its file's hash, so that a
//! browser keeps it for ever and asks anew when the file has changed.

use std::sync::OnceLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use crate::http::access::{Anybody, Caller};
use crate::http::error::ApiError;
use crate::http::fixed_text::FixedText;

/// A year in seconds, which is for ever to a cache.
const KEPT: &str = "public, max-age=31536000, immutable";

struct Asset {
    name: &'static str,
    content_type: &'static str,
    content: &'static str,
}

/// One style sheet, written in parts. What comes later wins.
const STYLE: &str = concat!(
    include_str!("assets/style/base.css"),
    include_str!("assets/style/frame.css"),
    include_str!("assets/style/surfaces.css"),
    include_str!("assets/style/forms.css"),
    include_str!("assets/style/tokens.css"),
    include_str!("assets/style/reports.css"),
    include_str!("assets/style/settings.css"),
    include_str!("assets/style/open.css"),
    include_str!("assets/style/narrow.css"),
);

const ASSETS: &[Asset] = &[
    Asset {
        name: "app.css",
        content_type: "text/css; charset=utf-8",
        content: STYLE,
    },
    Asset {
        name: "app.js",
        content_type: "text/javascript; charset=utf-8",
        content: include_str!("assets/app.js"),
    },
    Asset {
        name: "reports.js",
        content_type: "text/javascript; charset=utf-8",
        content: include_str!("assets/reports.js"),
    },
    Asset {
        name: "icon.svg",
        content_type: "image/svg+xml",
        content: include_str!("assets/icon.svg"),
    },
    Asset {
        name: "icons.svg",
        content_type: "image/svg+xml",
        content: include_str!("assets/icons.svg"),
    },
];

/// An asset with its address.
struct Addressed {
    address: String,
    asset: &'static Asset,
    text: FixedText,
}

fn all() -> &'static [Addressed] {
    static ALL: OnceLock<Vec<Addressed>> = OnceLock::new();
    ALL.get_or_init(|| {
        let addressed = ASSETS.iter().map(|asset| {
            let text = FixedText::new(asset.content);
            let [a, b, c, d, ..] = text.hash();
            let (stem, extension) = asset.name.split_once('.').unwrap_or((asset.name, ""));
            let hash = u32::from_be_bytes([a, b, c, d]);
            let address = format!("/assets/{stem}-{hash:08x}.{extension}");
            Addressed { address, asset, text }
        });
        addressed.collect()
    })
}

/// The address of the file of that name; the empty one, which a browser does not ask for, if there is none.
pub fn address(name: &str) -> &'static str {
    let found = all().iter().find(|one| one.asset.name == name);
    found.map_or("", |one| &one.address)
}

/// `GET /assets/{name}`
pub async fn show(_: Caller<Anybody>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let found = all().iter().find(|one| one.address == request.path());
    let found = found.ok_or_else(ApiError::not_found)?;
    Ok(found.text.answer(&request, |answer| {
        answer
            .insert_header((header::CONTENT_TYPE, found.asset.content_type))
            .insert_header((header::CACHE_CONTROL, KEPT));
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_has_an_address_of_its_own() {
        let style = address("app.css");
        assert!(
            style.starts_with("/assets/app-") && style.contains(".css"),
            "{style}"
        );
        assert_eq!(style.len(), "/assets/app-01234567.css".len());
        assert_ne!(style, address("app.js"));
        assert_eq!(address("nothing.css"), "");
    }
}
