//! The shapes of fields in bodies: what [`crate::http::body`] takes for text, numbers and switches, which is more than
//! what a strict reader would. `null` is as good as a field that is not sent, unless it says otherwise.

mod choices;
mod names;

use bugle_storage::records::EventKind;
use serde_json::Value;
use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, Array, ArrayBuilder, ArrayItems, Object, ObjectBuilder, SchemaType,
    Type,
};
use utoipa::openapi::{KnownFormat, Schema, SchemaFormat};

use crate::http::identity_keys::ALGORITHMS;
use crate::http::report_body::{CHOICES_MAX, ENTRY_NAME_LENGTH_MAX};
use crate::http::text_rules::NAME_LENGTH_MAX;
use choices::named;
pub use choices::{category, commentable_type, field_target, field_type, priority, role, status, visibility};
pub use names::{projects, scopes};

use crate::http::webhooks::can_be_chosen;
use crate::webhooks::URL_LENGTH_MAX;

/// White space as it is trimmed from values, character by character: what `\s` stands for differs from one language to the
/// next.
macro_rules! blanks {
    () => {
        r"[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*"
    };
}

/// The pattern of a value, with white space around it or without.
macro_rules! trimmed {
    ($value:literal) => {
        concat!("^", blanks!(), $value, blanks!(), "$")
    };
}

/// The pattern of white space.
pub const BLANKS: &str = blanks!();

/// Text of more than white space.
pub const VISIBLE: &str =
    r"[^\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]";
/// Text of more than blanks.
pub const PRINTED: &str =
    r"[^\u0009\u000a\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]";
/// Text of more than blanks and control characters, which count as such in names.
pub const NOT_BLANK: &str = r"[^\s\u0000-\u001f\u007f-\u009f]";

fn of_types<const N: usize>(types: [Type; N]) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter(types))
}

/// What counts as text: a number or a boolean is what it is written like.
fn any_text() -> ObjectBuilder {
    of_types([Type::String, Type::Number, Type::Boolean, Type::Null])
}

/// Text, or nothing where it is blank.
pub fn text() -> Object {
    any_text().build()
}

/// Text of at most `MAX` characters.
pub fn text_of<const MAX: usize>() -> Object {
    any_text().max_length(Some(MAX)).build()
}

/// Text of at most `MAX` characters that is not blank.
pub fn line_of<const MAX: usize>() -> Object {
    any_text().max_length(Some(MAX)).pattern(Some(NOT_BLANK)).build()
}

/// Text of at most `MAX` characters that is more than blanks.
pub fn printed_of<const MAX: usize>() -> Object {
    any_text().max_length(Some(MAX)).pattern(Some(PRINTED)).build()
}

/// The name of something.
pub fn name() -> Object {
    line_of::<NAME_LENGTH_MAX>()
}

/// Yes or no.
pub fn flag() -> Object {
    let words = [
        "true", "false", "True", "False", "1", "0", "on", "off", "yes", "no", "",
    ];
    let values = [
        Value::Bool(true),
        Value::Bool(false),
        1.into(),
        0.into(),
        Value::Null,
    ];
    let values = values.into_iter().chain(words.map(Value::from));
    of_types([Type::Boolean, Type::Integer, Type::String, Type::Null])
        .enum_values(Some(values.collect::<Vec<_>>()))
        .build()
}

fn number() -> ObjectBuilder {
    of_types([Type::Integer, Type::String, Type::Null]).pattern(Some(trimmed!(r"(-?[0-9]{1,15})?")))
}

/// A whole number, also as text.
pub fn any_number() -> Object {
    number()
        .minimum(Some(isize::MIN))
        .maximum(Some(isize::MAX))
        .build()
}

/// The largest number of a record.
const NUMBER_MAX: isize = 4_294_967_295;
/// The largest number that every reader of JSON keeps exact.
const EXACT_MAX: isize = (1 << 53) - 1;

/// A whole number from 0 to `MAX`, also as text.
pub fn number_to<const MAX: isize>() -> Object {
    of_types([Type::Integer, Type::String, Type::Null])
        .pattern(Some(trimmed!(r"([0-9]{1,4})?")))
        .minimum(Some(0_isize))
        .maximum(Some(MAX))
        .build()
}

/// A daily limit.
pub fn daily_limit() -> Object {
    number_to::<{ i32::MAX as isize }>()
}

/// The number of a record, also as text.
pub fn id() -> Object {
    of_types([Type::Integer, Type::String, Type::Null])
        .pattern(Some(trimmed!(r"([0-9]{1,9})?")))
        .minimum(Some(0_isize))
        .maximum(Some(NUMBER_MAX))
        .build()
}

fn pattern(pattern: &str) -> Object {
    of_types([Type::String, Type::Null])
        .pattern(Some(pattern))
        .build()
}

/// An e-mail address. The pattern is narrower than RFC 5322, which is what is asked.
pub fn email() -> Object {
    of_types([Type::String, Type::Null])
        .pattern(Some(trimmed!(r"([A-Za-z0-9]{1,64}@[a-z0-9]{1,30}\.[a-z]{2,6})?")))
        .build()
}

/// The e-mail address of an account, which is never without one.
pub fn account_email() -> Object {
    of_types([Type::String, Type::Null])
        .pattern(Some(trimmed!(r"[A-Za-z0-9]{1,64}@[a-z0-9]{1,30}\.[a-z]{2,6}")))
        .build()
}

/// A Discord id.
pub fn discord_id() -> Object {
    of_types([Type::String, Type::Integer, Type::Null])
        .pattern(Some(trimmed!(r"([0-9]{1,20})?")))
        .minimum(Some(0_isize))
        .maximum(Some(usize::MAX))
        .build()
}

/// A colour.
pub fn color() -> Object {
    pattern(trimmed!(r"(#[0-9A-Fa-f]{6})?"))
}

/// A web address.
pub fn link() -> Object {
    of_types([Type::String, Type::Null])
        .max_length(Some(2000))
        .pattern(Some(trimmed!(r"(https?://[A-Za-z0-9][A-Za-z0-9./?&=_-]*)?")))
        .build()
}

/// Where a webhook's messages go. The pattern is narrower than what is asked: whoever makes requests up by it must not
/// have messages sent to a stranger, and no host has such a name.
pub fn webhook_url() -> Object {
    of_types([Type::String, Type::Null])
        .max_length(Some(URL_LENGTH_MAX))
        .pattern(Some(trimmed!(
            r"https://[a-z0-9]{1,30}\.example(/[A-Za-z0-9./?&=_-]{0,100})?"
        )))
        .build()
}

/// Names of events that a webhook can hear of.
pub fn event_names() -> Array {
    let names = EventKind::ALL.iter().filter(|kind| can_be_chosen(**kind));
    let names = names
        .map(|kind| Value::from(kind.name()))
        .chain([Value::from("")]);
    let name = of_types([Type::String]).enum_values(Some(names.collect::<Vec<_>>()));
    list(name.build(), 100)
}

/// A date, or a moment, which counts as its date.
pub fn date() -> Schema {
    let in_format = |format| of_types([Type::String]).format(Some(SchemaFormat::KnownFormat(format)));
    let blank = of_types([Type::String, Type::Null]).max_length(Some(0));
    let any = [
        in_format(KnownFormat::Date),
        in_format(KnownFormat::DateTime),
        blank,
    ];
    let any = any.into_iter().map(ObjectBuilder::build);
    Schema::AnyOf(any.fold(AnyOfBuilder::new(), AnyOfBuilder::item).build())
}

/// What programs call a field.
pub fn ident() -> Object {
    of_types([Type::String, Type::Integer, Type::Boolean, Type::Null])
        .pattern(Some(trimmed!(r"[a-z0-9_]{0,64}")))
        .minimum(Some(0_isize))
        .maximum(Some(usize::MAX))
        .build()
}

/// What may be chosen.
pub fn options() -> Array {
    let option = of_types([Type::String, Type::Number, Type::Boolean]).max_length(Some(NAME_LENGTH_MAX));
    list(option.build(), 100)
}

/// Numbers of tags: a list, one alone, or text with commas between them.
pub fn tag_ids() -> Schema {
    let row = of_types([Type::String]).pattern(Some(concat!(
        "^",
        blanks!(),
        "([0-9]{1,9}",
        blanks!(),
        "(,",
        blanks!(),
        "[0-9]{1,9}",
        blanks!(),
        ")*)?$",
    )));
    let one = of_types([Type::Integer])
        .minimum(Some(0_isize))
        .maximum(Some(NUMBER_MAX));
    Schema::AnyOf(
        AnyOfBuilder::new()
            .item(list(id(), 100))
            .item(one)
            .item(row)
            .build(),
    )
}

fn list(items: Object, most: usize) -> Array {
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .items(ArrayItems::RefOrSchema(Box::new(items.into())))
        .max_items(Some(most))
        .build()
}

fn entries(value: Schema, most: usize) -> Object {
    let name = of_types([Type::String]).max_length(Some(ENTRY_NAME_LENGTH_MAX));
    of_types([Type::Object, Type::Null])
        .property_names(Some(name.build()))
        .additional_properties(Some(AdditionalProperties::<Schema>::RefOr(value.into())))
        .max_properties(Some(most))
        .build()
}

fn either(one: impl Into<Schema>, other: impl Into<Schema>) -> Schema {
    Schema::AnyOf(AnyOfBuilder::new().item(one.into()).item(other.into()).build())
}

/// Values of custom fields by name: each a text, or a list of texts.
pub fn custom_values() -> Object {
    entries(
        either(text_of::<8192>(), list(text_of::<8192>(), CHOICES_MAX)),
        100,
    )
}

/// Values that a submission token carries, by name; all of them have 2048 bytes at the most.
pub fn vouched_values() -> Object {
    entries(printed_of::<60>().into(), 10)
}

/// What a key of a project is used with.
pub fn key_algorithm() -> Object {
    named(ALGORITHMS)
}

/// A key: PEM, a secret, or a JWK as an object or as its text. What it must be goes by the algorithm.
pub fn key_document() -> Object {
    of_types([Type::String, Type::Object, Type::Null]).build()
}

/// A number of seconds, of which a day has 86400.
pub fn day_of_seconds() -> Object {
    of_types([Type::Integer, Type::String, Type::Null])
        .pattern(Some(r"^\s*([1-9][0-9]{0,3})?\s*$"))
        .minimum(Some(1_isize))
        .maximum(Some(86_400_isize))
        .build()
}

/// A UUID.
pub fn uuid() -> Object {
    pattern("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
}

/// What a client says of the device, by name: a text, or an object with the text in `value`.
pub fn extras() -> Object {
    let wrapped = of_types([Type::Object])
        .property("value", text_of::<8192>())
        .build();
    entries(either(text_of::<8192>(), wrapped), 50)
}

/// An MD5 in Base64.
pub fn md5() -> Object {
    pattern(trimmed!("[A-Za-z0-9+/]{21}[AQgw]=="))
}

/// A moment or a date in the future.
pub fn expiry() -> Object {
    const DATE: &str = trimmed!(r"((20[3-9][0-9]|2[1-9][0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]))?");
    let about = "A date or a moment in ISO 8601, in the future.";
    of_types([Type::String, Type::Null])
        .pattern(Some(DATE))
        .description(Some(about))
        .build()
}

/// A content type, as a header could say it.
pub fn content_type() -> Object {
    any_text().max_length(Some(255)).pattern(Some("^[ -~]*$")).build()
}

/// A new password.
pub fn password() -> Object {
    of_types([Type::String, Type::Null])
        .min_length(Some(10))
        .max_length(Some(200))
        .build()
}

/// The global id of a report.
pub fn report_id() -> Object {
    of_types([Type::Integer, Type::String])
        .pattern(Some(trimmed!(r"[0-9]{1,15}")))
        .minimum(Some(0_isize))
        .maximum(Some(EXACT_MAX))
        .build()
}

/// The report that another is a duplicate of, or none.
pub fn original() -> Object {
    of_types([Type::Integer, Type::String, Type::Null])
        .pattern(Some(trimmed!(r"((g-|fr-)?[0-9]{1,15})?")))
        .minimum(Some(0_isize))
        .maximum(Some(EXACT_MAX))
        .build()
}

/// Text that is not blank.
pub fn visible_text() -> Object {
    any_text().pattern(Some(NOT_BLANK)).build()
}

/// Text of at least one character.
pub fn some_text() -> Object {
    any_text().min_length(Some(1)).build()
}

/// How many bytes a file has.
pub fn byte_size() -> Object {
    number()
        .pattern(Some(trimmed!(r"[0-9]{1,9}")))
        .minimum(Some(0_isize))
        .maximum(Some(1 << 30))
        .build()
}

/// Who reports.
pub fn user() -> Object {
    of_types([Type::Object, Type::Null])
        .property("email", email())
        .build()
}
