//! Lists of names, as [`crate::http::body::Names`] takes them.

use bugle_storage::records::TokenScope;
use serde_json::Value;
use utoipa::openapi::Schema;
use utoipa::openapi::schema::Type;

use super::{BLANKS, either, list, of_types};

/// Names that may stand in a list, or as text with commas between them; at least one.
fn names(name: &str, values: Option<Vec<Value>>, most: usize) -> Schema {
    let row = format!("^{BLANKS}{name}{BLANKS}(,{BLANKS}{name}{BLANKS})*$");
    let one = of_types([Type::String]);
    let one = match values {
        Some(values) => one.enum_values(Some(values)),
        None => one.pattern(Some(format!("^{name}$"))),
    };
    let mut all = list(one.build(), most);
    all.min_items = Some(1);
    either(
        all,
        of_types([Type::String, Type::Null]).pattern(Some(row)).build(),
    )
}

/// Scopes of a personal token.
pub fn scopes() -> Schema {
    let values = TokenScope::ALL.iter().map(|scope| scope.name().into());
    names("(read|write|admin)", Some(values.collect()), 100)
}

/// Projects that a personal token is for, by their ids.
pub fn projects() -> Schema {
    names("pr-[0-9]{10}", None, 100)
}
