//! The shapes that operations name: each stands once among the components.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// The shapes that were named so far.
#[derive(Default)]
pub struct Schemas(Map<String, Value>);

impl Schemas {
    /// A reference to a type's shape, which is added with all that it names.
    pub fn reference<T: ToSchema>(&mut self) -> Value {
        let name = T::name().into_owned();
        if !self.0.contains_key(&name) {
            self.0.insert(name.clone(), value_of(&T::schema()));
            let mut named = Vec::new();
            T::schemas(&mut named);
            for (name, schema) in named {
                self.0.entry(name).or_insert_with(|| value_of(&schema));
            }
        }
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// All of them, by name.
    pub fn into_value(self) -> Value {
        let mut all: Vec<_> = self.0.into_iter().collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        Value::Object(all.into_iter().collect())
    }
}

/// A shape as it stands in the document.
pub(super) fn value_of(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}
