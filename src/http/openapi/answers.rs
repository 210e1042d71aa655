//! Answers that many operations share: the refusals, each told once, and headers.

use serde_json::{Map, Value, json};

/// A refusal: its status, its name in the document, when it comes, and its header.
type Refusal = (
    u16,
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
);

/// Every refusal: its status, its name in the document, when it comes, and its header.
const REFUSALS: [Refusal; 13] = [
    (
        400,
        "BadRequest",
        "The body, the query or the `Idempotency-Key` cannot be read.",
        None,
    ),
    (
        401,
        "Unauthorized",
        "No `Authorization` where one is needed, a malformed one, or a personal or update token that is not valid.",
        Some(("WWW-Authenticate", "`Bearer`")),
    ),
    (
        403,
        "Forbidden",
        "A project token that is not valid, a right that is missing, or a daily limit that is used up; the last comes with `RateLimit`, `RateLimit-Policy` and `Retry-After`.",
        None,
    ),
    (404, "NotFound", "Nothing there.", None),
    (
        405,
        "MethodNotAllowed",
        "Another method; `Allow` lists those that would do.",
        Some(("Allow", "The methods that would do")),
    ),
    (
        408,
        "RequestTimeout",
        "The body came too slowly; the connection is closed.",
        None,
    ),
    (413, "ContentTooLarge", "The body or the file is too large.", None),
    (
        415,
        "UnsupportedMediaType",
        "A content type that is not read; `Accept` lists those that are.",
        Some(("Accept", "The content types that are read")),
    ),
    (
        416,
        "RangeNotSatisfiable",
        "Nothing of the file lies in the `Range`.",
        Some(("Content-Range", "The size of the file")),
    ),
    (
        422,
        "Unprocessable",
        "Fields that are not right, each named in `errors`, or an `Idempotency-Key` that came with another request.",
        None,
    ),
    (
        429,
        "TooManyRequests",
        "Too many failed attempts.",
        Some(("Retry-After", "Seconds to wait")),
    ),
    (500, "ServerError", "The server's fault; its log says more.", None),
    (
        503,
        "Unavailable",
        "Not now: a full disk, a busy or restarting part, too many large bodies at once.",
        Some(("Retry-After", "Seconds to wait")),
    ),
];

/// The refusals, for the components.
pub fn refusals() -> Value {
    let all = REFUSALS.iter().map(|(_, name, about, header)| {
        let mut refusal = json!({
            "description": about,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        });
        if let Some((header, about)) = header {
            refusal["headers"] = json!({*header: {"description": about, "schema": {"type": "string"}}});
        }
        ((*name).to_owned(), refusal)
    });
    Value::Object(all.collect::<Map<_, _>>())
}

/// A reference to a refusal.
pub fn reference(status: u16) -> Value {
    let known = REFUSALS.iter().find(|(known, ..)| *known == status);
    let name = known.map_or("ServerError", |(_, name, ..)| name);
    json!({"$ref": format!("#/components/responses/{name}")})
}

/// `Location` of a 201.
pub fn location() -> Value {
    json!({
        "description": "Where the record is from now on",
        "required": true,
        "schema": {"type": "string", "format": "uri"},
    })
}

/// The headers of an answer to many things that a daily limit counts: without an address, because each has its own.
pub fn counted_many() -> Value {
    let mut headers = counted();
    if let Some(headers) = headers.as_object_mut() {
        headers.remove("Location");
    }
    headers
}

/// The headers of an answer to something that a daily limit counts. Without a limit the last two are not there.
pub fn counted() -> Value {
    json!({
        "Location": location(),
        "RateLimit-Policy": {
            "description": "The daily limit, where the caller has one: `\"bug_reports\";q=8;w=86400`",
            "schema": {"type": "string"},
        },
        "RateLimit": {
            "description": "What is left of it, and the seconds until it starts anew: `\"bug_reports\";r=7;t=7334`",
            "schema": {"type": "string"},
        },
    })
}
