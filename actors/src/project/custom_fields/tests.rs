use std::sync::Arc;

use bugle_storage::{MemoryStore, ProjectId, Shard, ShardId};

use super::*;

fn fields() -> CustomFields {
    let shard = Shard::open(Arc::new(MemoryStore::new()), ShardId(0)).unwrap();
    CustomFields::load(&shard, ProjectId(64)).unwrap()
}

fn new(name: &str) -> NewCustomField {
    NewCustomField {
        ident: None,
        name: name.to_owned(),
        field_type: FieldType::Text,
        applies_to: FieldTarget::Issue,
        required: false,
        tester_settable: true,
        tester_viewable: true,
        options: Vec::new(),
    }
}

fn add(fields: &mut CustomFields, new: NewCustomField) -> CustomField {
    let field = fields.create(new, Timestamp(1)).unwrap();
    fields.put(field.clone(), &mut Batch::new()).unwrap();
    field
}

fn refused(fields: &CustomFields, new: NewCustomField) -> String {
    fields.create(new, Timestamp(1)).unwrap_err().to_string()
}

#[test]
fn an_ident_is_made_from_the_name() {
    for (name, ident) in [
        ("country", "country"),
        ("Graphics card (GPU)", "graphics_card_gpu"),
        ("  -- ", "field_7"),
        ("\u{5730}\u{533a}", "field_7"),
    ] {
        assert_eq!(ident_of(name, 7), ident, "{name}");
    }
    assert_eq!(ident_of(&"x".repeat(500), 7).len(), IDENT_SIZE_MAX);
}

#[test]
fn a_value_can_be_meant_for_one_field_only() {
    let mut fields = fields();
    add(&mut fields, new("Graphics card"));
    assert_eq!(
        refused(&fields, new("Graphics card")),
        "name has already been taken"
    );
    assert_eq!(
        refused(&fields, new("graphics_card")),
        "name has already been taken"
    );
    assert_eq!(
        refused(&fields, new("Graphics  card!")),
        "ident has already been taken"
    );
    let ticket = NewCustomField {
        applies_to: FieldTarget::Ticket,
        ..new("Graphics card")
    };
    assert_eq!(add(&mut fields, ticket).number, 2, "of tickets it is another");
}

#[test]
fn options_are_for_what_is_chosen() {
    let fields = fields();
    let with = |field_type, options: &[&str]| {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let new = NewCustomField {
            field_type,
            options,
            ..new("Where")
        };
        fields.create(new, Timestamp(1)).is_ok()
    };
    assert!(with(FieldType::Select, &["PC"]) && with(FieldType::MultiSelect, &["PC"]));
    assert!(!with(FieldType::Select, &[]) && !with(FieldType::Number, &["PC"]));
}

#[test]
fn an_edit_leaves_what_it_does_not_say() {
    let mut fields = fields();
    let field = add(&mut fields, new("Where"));
    let edit = CustomFieldEdit {
        required: Some(true),
        ..CustomFieldEdit::default()
    };
    let expected = CustomField {
        required: true,
        ..field.clone()
    };
    assert_eq!(edited(field, edit), expected);
    assert!(
        fields.check(&expected).is_ok(),
        "it does not stand in its own way"
    );
}

#[test]
fn a_field_remembers_what_it_was_called() {
    let mut fields = fields();
    let mut field = add(&mut fields, new("Notes"));
    let named = |name: &str| CustomFieldEdit {
        name: Some(name.to_owned()),
        ..CustomFieldEdit::default()
    };
    for (name, former) in [
        ("Notes", vec![]),
        ("Remarks", vec!["Notes"]),
        ("Words", vec!["Notes", "Remarks"]),
        ("Notes", vec!["Remarks", "Words"]),
    ] {
        field = edited(field, named(name));
        assert_eq!(field.former_names, former, "{name}");
    }
}
