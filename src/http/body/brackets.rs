//! Rails' way of nesting in forms: `issue[custom][mood]=happy`, `issue[custom][tags][]=a`.
//!
//! Made for forms that players' games send: keys keep the order they came in, a key that makes no sense is
//! taken as it stands (and so ignored as unknown), the later of two that clash wins, and the cost is linear in
//! the text. `serde_qs` sorts keys, reads percent-codes only in upper case and refuses the whole form for one
//! odd key.

use std::borrow::Cow;

use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// How many names a key may nest; a pair with more is ignored.
const DEPTH_MAX: usize = 8;
/// The longest name of a field in bytes; longer ones are ignored, as unknown ones are. Names are compared with
/// each other, so their length must not be the client's choice.
const KEY_SIZE_MAX: usize = 1024;

/// A form as a tree.
#[derive(Debug)]
pub(super) struct Form<'f> {
    root: Node<'f>,
}

#[derive(Debug)]
enum Node<'f> {
    Text(Cow<'f, str>),
    List(Vec<Node<'f>>),
    Map(Vec<(String, Node<'f>)>),
}

impl Default for Form<'_> {
    fn default() -> Self {
        Self {
            root: Node::Map(Vec::new()),
        }
    }
}

impl<'f> Form<'f> {
    /// Adds one pair. A value without a name says nothing and is ignored.
    pub(super) fn insert(&mut self, key: &str, value: Cow<'f, str>) {
        if key.is_empty() || key.len() > KEY_SIZE_MAX {
            return;
        }
        let path = path_of(key);
        if path.len() <= DEPTH_MAX {
            self.root.place(&path, value);
        }
    }

    /// The whole form, to deserialize from.
    pub(super) const fn root<'n>(&'n self) -> impl Deserializer<'f, Error = Error> + use<'n, 'f> {
        Reader(&self.root)
    }
}

/// The names in a key: `a[b][]` is `a`, `b` and an empty one, which stands for the end of a list.
fn path_of(key: &str) -> Vec<&str> {
    let Some((root, mut rest)) = key.split_once('[').filter(|(root, _)| !root.is_empty()) else {
        return vec![key];
    };
    let mut path = vec![root];
    while let Some((name, after)) = rest.split_once(']') {
        path.push(name);
        match after.strip_prefix('[') {
            Some(next) => rest = next,
            None if after.is_empty() => return path,
            None => break,
        }
    }
    vec![key]
}

impl<'f> Node<'f> {
    fn new(path: &[&str], value: Cow<'f, str>) -> Self {
        let mut node = Self::Text(Cow::Borrowed(""));
        node.place(path, value);
        node
    }

    /// Puts a value where the path leads; what stands in its way is overruled.
    fn place(&mut self, path: &[&str], value: Cow<'f, str>) {
        match (path.split_first(), self) {
            (None, node) => *node = Self::Text(value),
            (Some((&"", rest)), Self::List(items)) => items.push(Self::new(rest, value)),
            (Some((&"", rest)), node) => *node = Self::List(vec![Self::new(rest, value)]),
            (Some((&name, rest)), Self::Map(entries)) => {
                match entries.iter_mut().find(|(known, _)| known == name) {
                    Some((_, node)) => node.place(rest, value),
                    None => entries.push((name.to_owned(), Self::new(rest, value))),
                }
            }
            (Some((&name, rest)), node) => {
                *node = Self::Map(vec![(name.to_owned(), Self::new(rest, value))]);
            }
        }
    }
}

/// Reads a node as serde asks for it.
#[derive(Clone, Copy)]
struct Reader<'n, 'f>(&'n Node<'f>);

impl<'f> Deserializer<'f> for Reader<'_, 'f> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'f>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Node::Text(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Node::Text(Cow::Owned(text)) => visitor.visit_str(text),
            Node::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter().map(Reader))),
            Node::Map(entries) => {
                let entries = entries.iter().map(|(name, node)| (name.as_str(), Reader(node)));
                visitor.visit_map(MapDeserializer::new(entries))
            }
        }
    }

    /// A field that was sent is there, also when it is empty.
    fn deserialize_option<V: Visitor<'f>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'f>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        <W: Visitor<'f>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'f> IntoDeserializer<'f, Error> for Reader<'_, 'f> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn check(pairs: &[(&str, &str)], expected: &Value) {
        let mut form = Form::default();
        for (key, value) in pairs {
            form.insert(key, Cow::Borrowed(value));
        }
        assert_eq!(&Value::deserialize(form.root()).unwrap(), expected, "{pairs:?}");
    }

    #[test]
    fn keys_nest_and_lists_grow() {
        check(&[], &json!({}));
        check(
            &[
                ("issue[title]", "T"),
                ("draft", "true"),
                ("issue[custom][b]", "1"),
                ("issue[custom][a]", "2"),
            ],
            &json!({"issue": {"title": "T", "custom": {"b": "1", "a": "2"}}, "draft": "true"}),
        );
        check(
            &[("a[b][]", "1"), ("a[b][]", "2")],
            &json!({"a": {"b": ["1", "2"]}}),
        );
        check(
            &[("a[][b]", "1"), ("a[][b]", "2")],
            &json!({"a": [{"b": "1"}, {"b": "2"}]}),
        );
    }

    #[test]
    fn the_later_of_two_that_clash_wins() {
        check(&[("a", "1"), ("a", "2")], &json!({"a": "2"}));
        check(&[("a", "1"), ("a[b]", "2")], &json!({"a": {"b": "2"}}));
        check(&[("a[b]", "1"), ("a[]", "2")], &json!({"a": ["2"]}));
        check(&[("a[]", "1"), ("a", "2")], &json!({"a": "2"}));
    }

    #[test]
    fn a_key_that_makes_no_sense_is_a_key() {
        check(&[("a", "1"), ("", "x")], &json!({"a": "1"}));
        for key in [
            "[", "]", "[a]", "a[", "a]", "a[b", "a[b]c", "a[b][", "a[b]]", "[]",
        ] {
            check(&[(key, "x")], &json!({ key: "x" }));
        }
    }

    #[test]
    fn depth_is_bounded() {
        check(
            &[("a[b][c][d][e][f][g][h]", "x")],
            &json!({"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":"x"}}}}}}}}),
        );
        check(&[("a[b][c][d][e][f][g][h][i]", "x")], &json!({}));
        check(&[(&format!("a{}", "[]".repeat(100_000)), "x")], &json!({}));
    }
}
