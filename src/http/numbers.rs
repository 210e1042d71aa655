//! Numbers in paths: of projects' releases and fields, of people, tokens and comments.

use std::str::FromStr;

use actix_web::HttpRequest;

use super::error::ApiError;

/// The number that stands in the path under this name, with or without `.json` behind it; what is none is not found.
pub fn in_path<N: FromStr>(request: &HttpRequest, name: &str) -> Result<N, ApiError> {
    let text = request.match_info().get(name).unwrap_or_default();
    let digits = text.strip_suffix(".json").unwrap_or(text);
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_plain.then(|| digits.parse().ok()).flatten();
    number.ok_or_else(ApiError::not_found)
}
