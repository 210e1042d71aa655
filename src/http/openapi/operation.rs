//! One thing that can be done at one address, as it is told in the document.

use std::collections::BTreeSet;

use actix_web::{FromRequest, Handler, Responder};
use bugle_storage::records::TokenScope;
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::admission::{Admission, Explained};
use super::fields::BLANKS;
use super::schemas::{Schemas, value_of};
use super::{answers, examples, parameters};
use crate::http::access::{AsksCaller, Needs, Policy};

/// A function that puts a shape among the components and gives the reference to it.
pub type Shape = fn(&mut Schemas) -> Value;

/// One thing that can be done.
pub struct Operation {
    methods: &'static [&'static str],
    path: &'static str,
    admission: Admission,
    needs: Needs,
    summary: &'static str,
    about: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    successes: Vec<Success>,
    refusals: BTreeSet<u16>,
}

struct Success {
    status: u16,
    about: &'static str,
    headers: Value,
    content: Vec<(&'static str, Shape)>,
}

/// Reading, with `GET`.
pub fn get<H, A>(path: &'static str, handler: H) -> Operation
where
    H: Handler<A, Output: Responder>,
    A: FromRequest + AsksCaller<Policy: Explained> + 'static,
{
    Operation::of(&["get"], path, &handler)
}

/// Making something, or having something done, with `POST`.
pub fn post<H, A>(path: &'static str, handler: H) -> Operation
where
    H: Handler<A, Output: Responder>,
    A: FromRequest + AsksCaller<Policy: Explained> + 'static,
{
    Operation::of(&["post"], path, &handler)
}

/// Changing what is named in the body, with `PATCH` or, which is the same, `PUT`.
pub fn edit<H, A>(path: &'static str, handler: H) -> Operation
where
    H: Handler<A, Output: Responder>,
    A: FromRequest + AsksCaller<Policy: Explained> + 'static,
{
    Operation::of(&["patch", "put"], path, &handler)
}

/// Storing bytes, with `PUT`.
pub fn put<H, A>(path: &'static str, handler: H) -> Operation
where
    H: Handler<A, Output: Responder>,
    A: FromRequest + AsksCaller<Policy: Explained> + 'static,
{
    Operation::of(&["put"], path, &handler)
}

/// Removing, with `DELETE`.
pub fn delete<H, A>(path: &'static str, handler: H) -> Operation
where
    H: Handler<A, Output: Responder>,
    A: FromRequest + AsksCaller<Policy: Explained> + 'static,
{
    Operation::of(&["delete"], path, &handler)
}

impl Operation {
    /// The handler is asked for nothing but who may call it, which its signature says.
    fn of<H, A>(methods: &'static [&'static str], path: &'static str, _: &H) -> Self
    where
        H: Handler<A>,
        A: AsksCaller<Policy: Explained>,
    {
        let admission = <A::Policy as Explained>::ADMISSION;
        let mut refusals: BTreeSet<u16> = admission.refusals().collect();
        // Whoever owns the state may be restarting.
        refusals.insert(503);
        if path.contains('{') {
            refusals.insert(404);
        }
        Self {
            methods,
            path,
            admission,
            needs: A::Policy::NEEDS,
            summary: "",
            about: "",
            parameters: parameters::of_path(path),
            body: None,
            successes: Vec::new(),
            refusals,
        }
    }

    /// What it does: in a few words, and what else is to be known.
    pub fn says(mut self, summary: &'static str, about: &'static str) -> Self {
        (self.summary, self.about) = (summary, about);
        self
    }

    /// Query parameters; a value that cannot be read is 422.
    pub fn asks(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self.refuses(&[422])
    }

    /// Header parameters.
    pub fn heeds(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// A body of these fields, in any encoding but told as JSON, of which `required` must be there.
    pub fn takes<T: PartialSchema>(self, required: &[&str]) -> Self {
        self.takes_shape("application/json", fields_of::<T>(required))
    }

    /// One more encoding of a body.
    pub fn takes_shape(mut self, content_type: &str, schema: Value) -> Self {
        let is_required = schema.get("required").is_some()
            || schema.get("minItems").is_some()
            || ["anyOf", "oneOf"].iter().any(|key| schema.get(key).is_some());
        let body = self.body.get_or_insert_with(|| json!({"content": {}}));
        body["required"] = is_required.into();
        body["content"][content_type] = json!({"schema": schema});
        self.refuses(&[400, 408, 413, 415, 422])
    }

    /// That it may be sent again under an `Idempotency-Key`.
    pub fn repeatable(mut self) -> Self {
        self.parameters.push(parameters::idempotency_key());
        self.refuses(&[400, 422])
    }

    /// Refusals beyond those that come with who may call, with a body and with parameters.
    pub fn refuses(mut self, statuses: &[u16]) -> Self {
        self.refusals.extend(statuses);
        self
    }

    /// 200 with such a record.
    pub fn answers<T: ToSchema>(self, about: &'static str) -> Self {
        self.succeeds(
            200,
            about,
            json!({}),
            vec![("application/json", Schemas::reference::<T>)],
        )
    }

    /// 200 with a bare list of such records.
    pub fn answers_list_of<T: ToSchema>(self, about: &'static str) -> Self {
        let list: Shape = |schemas| json!({"type": "array", "items": schemas.reference::<T>()});
        self.succeeds(200, about, json!({}), vec![("application/json", list)])
    }

    /// 200 with what has this shape.
    pub fn answers_with(self, about: &'static str, shape: Shape) -> Self {
        self.succeeds(200, about, json!({}), vec![("application/json", shape)])
    }

    /// 201 with such a record, which has an address.
    pub fn creates<T: ToSchema>(self, about: &'static str) -> Self {
        self.creates_with::<T>(about, json!({"Location": answers::location()}))
    }

    /// 201 with such a record and these headers.
    pub fn creates_with<T: ToSchema>(self, about: &'static str, headers: Value) -> Self {
        self.succeeds(
            201,
            about,
            headers,
            vec![("application/json", Schemas::reference::<T>)],
        )
    }

    /// 200 with the bytes of a file, 206 with some of them, 304 for who has them.
    pub fn downloads(self) -> Self {
        let bytes: Shape = |_| json!({"type": "string", "format": "binary"});
        let headers = json!({
            "ETag": {"description": "What tells these bytes from others", "required": true, "schema": {"type": "string"}},
            "Content-Disposition": {"description": "`attachment`, and what it is called", "required": true, "schema": {"type": "string"}},
        });
        let tag = json!({"ETag": headers["ETag"].clone()});
        self.succeeds(200, "The file", headers.clone(), vec![("*/*", bytes)])
            .succeeds(
                206,
                "The part of it that `Range` names",
                headers,
                vec![("*/*", bytes)],
            )
            .succeeds(304, "It is still the same", tag, Vec::new())
            .refuses(&[416])
    }

    /// Any other success.
    pub fn succeeds(
        mut self,
        status: u16,
        about: &'static str,
        headers: Value,
        content: Vec<(&'static str, Shape)>,
    ) -> Self {
        let success = Success {
            status,
            about,
            headers,
            content,
        };
        self.successes.push(success);
        self
    }

    /// Adds it to the document, once for each of its methods.
    pub fn write(self, tag: &str, paths: &mut Map<String, Value>, schemas: &mut Schemas) {
        let path = paths.entry(self.path).or_insert_with(|| json!({}));
        for method in self.methods {
            let id = id_of(method, self.path);
            // What can be done with two methods has one example.
            let is_safe = *method == "get";
            let scope = self
                .needs
                .scope(is_safe)
                .filter(|_| self.admission.takes_personal_tokens());
            let example = examples::of(&id_of(self.methods.first().unwrap_or(method), self.path));
            path[*method] = self.value(tag, &id, (scope, example), schemas);
        }
    }

    fn value(
        &self,
        tag: &str,
        id: &str,
        (scope, example): (Option<TokenScope>, Option<&Value>),
        schemas: &mut Schemas,
    ) -> Value {
        let mut about = format!("**Who:** {}.", self.admission.who);
        if let Some(scope) = scope {
            about = format!("{about} **Scope:** `{}`.", scope.name());
        }
        if !self.about.is_empty() {
            about = format!("{about}\n\n{}", self.about);
        }
        let mut value = json!({
            "operationId": id,
            "tags": [tag],
            "summary": self.summary,
            "description": about,
            "security": self.admission.requirements(scope),
        });
        if !self.parameters.is_empty() {
            value["parameters"] = self.parameters.clone().into();
        }
        if let Some(body) = &self.body {
            let mut body = body.clone();
            if let Some(request) = example.and_then(|example| example.get("request")) {
                body["content"]["application/json"]["example"] = request.clone();
            }
            value["requestBody"] = body;
        }
        let mut responses = Map::new();
        for success in &self.successes {
            responses.insert(success.status.to_string(), success.value(example, schemas));
        }
        for status in &self.refusals {
            let already = responses.contains_key(&status.to_string());
            if !already {
                responses.insert(status.to_string(), answers::reference(*status));
            }
        }
        value["responses"] = responses.into();
        value
    }
}

impl Success {
    fn value(&self, example: Option<&Value>, schemas: &mut Schemas) -> Value {
        let mut value = json!({"description": self.about});
        if self
            .headers
            .as_object()
            .is_some_and(|headers| !headers.is_empty())
        {
            value["headers"] = self.headers.clone();
        }
        for (content_type, shape) in &self.content {
            value["content"][*content_type] = json!({"schema": shape(schemas)});
            let answer = example.and_then(|example| example.get("answer"));
            if let Some(answer) = answer.filter(|_| *content_type == "application/json") {
                value["content"][*content_type]["example"] = answer.clone();
            }
        }
        value
    }
}

/// The shape of a body of these fields, with those that must be there and so cannot be `null`.
pub fn fields_of<T: PartialSchema>(required: &[&str]) -> Value {
    let mut schema = value_of(&T::schema());
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("description");
    }
    if required.is_empty() {
        return schema;
    }
    schema["required"] = required.into();
    for field in required {
        let Some(field) = schema["properties"]
            .get_mut(*field)
            .and_then(Value::as_object_mut)
        else {
            continue;
        };
        if let Some(types) = field.get_mut("type").and_then(Value::as_array_mut) {
            types.retain(|name| name != "null");
            field.insert("minLength".to_owned(), 1.into());
            // Blank text would be as good as none.
            if let Some(pattern) = field.get("pattern").and_then(Value::as_str) {
                let pattern = pattern.replace(&format!(")?{BLANKS}$"), &format!("){BLANKS}$"));
                field.insert("pattern".to_owned(), pattern.into());
            }
        }
        if let Some(values) = field.get_mut("enum").and_then(Value::as_array_mut) {
            values.retain(|value| !value.is_null() && *value != "");
        }
    }
    schema
}

/// The same shape with these fields alone.
pub fn only(schema: Value, names: &[&str]) -> Value {
    narrowed(schema, |name| names.contains(&name))
}

/// The same shape without these fields.
pub fn without(schema: Value, names: &[&str]) -> Value {
    narrowed(schema, |name| !names.contains(&name))
}

fn narrowed(mut schema: Value, stays: impl Fn(&str) -> bool) -> Value {
    if let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        fields.retain(|name, _| stays(name));
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name.as_str().is_some_and(&stays));
    }
    schema
}

/// What an operation is called by programs: its method, and the words of its path but for those of all paths.
fn id_of(method: &str, path: &str) -> String {
    let path = path.trim_end_matches(".json");
    let within = path.strip_prefix("/projects/{project}/").unwrap_or(path);
    let words = within.split(['/', '.']).map(|word| word.trim_matches(['{', '}']));
    let words = words.filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}
