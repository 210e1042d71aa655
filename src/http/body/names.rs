//! Lists of names, as clients write them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use super::Text;

/// Names: a list, or text with commas between them, as filters take it. Blank ones count as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl Names {
    /// More are left out: a list that is longer than this is refused by whoever reads it.
    pub const COUNT_MAX: usize = 101;

    fn add(&mut self, text: &str) {
        let name = text.trim();
        let is_known = self.0.iter().any(|known| known == name);
        if !name.is_empty() && !is_known && self.0.len() < Self::COUNT_MAX {
            self.0.push(name.to_owned());
        }
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of names")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Names, E> {
        let mut names = Names::default();
        text.split(',').for_each(|name| names.add(name));
        Ok(names)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Names, A::Error> {
        let mut names = Names::default();
        while let Some(name) = list.next_element::<Option<Text>>()? {
            names.add(&name.unwrap_or_default().0);
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Vec<String>> {
        serde_json::from_str::<Names>(json).ok().map(|names| names.0)
    }

    #[test]
    fn lists_and_text_are_one() {
        for json in [r#"["read", " write ", "read", "", null]"#, r#""read, write,""#] {
            assert_eq!(
                read(json),
                Some(vec!["read".to_owned(), "write".to_owned()]),
                "{json}"
            );
        }
        assert_eq!(read("[]"), Some(vec![]));
        assert_eq!(read(r#""""#), Some(vec![]));
        for json in ["{}", "7", "true", "[[]]"] {
            assert_eq!(read(json), None, "{json}");
        }
        let many: Vec<_> = (0..500).map(|number| number.to_string()).collect();
        let json = serde_json::to_string(&many).unwrap();
        assert_eq!(read(&json).map(|names| names.len()), Some(Names::COUNT_MAX));
    }
}
