//! Tree → forms: what the file says, in the format's own types, before any name is looked up.
//!
//! A form is declared once, by [`mapping!`]: its members drive the reader, the JSON Schema and the reference.
//! Reading never stops at a mistake; what could not be read is a [`Slot`] that says so.

use super::error::Finding;
use super::source::{Span, quoted};
use super::tree::{Entry, Node, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// Something that can be read from a tree. None: it could not, and why has been noted.
pub(super) trait Form: JsonSchema + Sized {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self>;
}

/// What reading has found so far.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) mistakes: Vec<Finding>,
    /// Mistakes that were only counted.
    pub(super) beyond: usize,
    /// Keys of ECS members that have no effect here.
    pub(super) ignored: Vec<Span>,
}

/// A value that may be absent, or may be there and wrong.
#[derive(Clone, Debug)]
pub(super) struct Slot<T> {
    /// The value; where there is none, what it is missing from.
    pub(super) at: Span,
    state: State<T>,
}

#[derive(Clone, Debug)]
enum State<T> {
    Absent,
    Bad,
    Good(T),
}

/// Whether a mapping can do without a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
}

/// A member of a form.
pub(super) struct Member {
    pub(super) key: &'static str,
    pub(super) need: Need,
    pub(super) doc: &'static str,
    pub(super) schema: fn(&mut SchemaGenerator) -> Schema,
}

/// Mistakes that are kept; more are only counted. More than are shown, since they are sorted before.
const KEPT: usize = 1000;

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot { at: Span::default(), state: State::Absent }
    }
}

impl<T> Slot<T> {
    /// The value, where there is one that could be read.
    pub(super) fn get(&self) -> Option<&T> {
        match &self.state {
            State::Good(value) => Some(value),
            State::Absent | State::Bad => None,
        }
    }

    /// Whether the file says anything here.
    pub(super) fn is_given(&self) -> bool {
        !matches!(self.state, State::Absent)
    }

    /// The value or, where the file says nothing, `default`. None: what the file says could not be read.
    pub(super) fn or(&self, default: T) -> Option<T>
    where
        T: Clone,
    {
        match &self.state {
            State::Good(value) => Some(value.clone()),
            State::Absent => Some(default),
            State::Bad => None,
        }
    }
}

impl Reader {
    pub(super) fn wrong(&mut self, finding: Finding) {
        if self.mistakes.len() < KEPT {
            self.mistakes.push(finding);
        } else {
            self.beyond += 1;
        }
    }

    /// Notes that `node` is not what it should be.
    pub(super) fn expected<T>(&mut self, node: &Node, what: &str) -> Option<T> {
        let head = if node.head == node.span { node.span } else { node.head };
        let at = if matches!(node.value, Value::Null) { head } else { node.span };
        let finding =
            Finding::new(at, format!("this should be {what}")).found(format!("found {}", node.described()));
        self.wrong(finding);
        None
    }

    /// The entries of a mapping whose keys are known; unknown ones are noted, as are those without effect.
    pub(super) fn mapping<'n>(
        &mut self,
        node: &'n Node,
        members: &[Member],
        ignored: &[&str],
    ) -> Option<&'n [Entry]> {
        let Value::Map(entries) = &node.value else {
            return self.expected(node, "a mapping");
        };
        for entry in entries {
            let key = &*entry.key;
            if members.iter().any(|m| m.key == key) {
                continue;
            }
            if ignored.contains(&key) {
                self.ignored.push(entry.key_span);
            } else if self.mistakes.len() < KEPT {
                let keys: Vec<&str> = members.iter().map(|m| m.key).collect();
                let finding =
                    Finding::new(entry.key_span, format!("there is no member {} here", quoted(key)))
                        .near(key, keys.iter().copied().chain(ignored.iter().copied()))
                        .allowed(keys.join(", "));
                self.wrong(finding);
            } else {
                self.beyond += 1;
            }
        }
        Some(entries)
    }

    pub(super) fn member<T: Form>(&mut self, node: &Node, entries: &[Entry], member: &Member) -> Slot<T> {
        if let Some(entry) = entries.iter().find(|e| &*e.key == member.key) {
            return self.slot(&entry.value);
        }
        if member.need == Need::Required {
            let mut finding = Finding::new(node.head, format!("`{}` is missing", member.key));
            finding.member = Some(member.key.to_owned());
            self.wrong(finding);
            return Slot { at: node.head, state: State::Bad };
        }
        Slot { at: node.head, state: State::Absent }
    }

    pub(super) fn slot<T: Form>(&mut self, node: &Node) -> Slot<T> {
        let state = T::read(node, self).map_or(State::Bad, State::Good);
        Slot { at: node.span, state }
    }
}

/// The JSON Schema of a mapping.
pub(super) fn mapping_schema(
    generator: &mut SchemaGenerator,
    doc: &str,
    members: &[Member],
    ignored: &[&str],
) -> Schema {
    let mut properties = serde_json::Map::new();
    for member in members {
        let mut schema = (member.schema)(generator);
        let doc = tidy(member.doc);
        // In draft-07 nothing may stand beside a `$ref`.
        if schema.get("$ref").is_some() {
            schema = json_schema!({"allOf": [schema.to_value()]});
        }
        schema.insert("description".to_owned(), doc.into());
        properties.insert(member.key.to_owned(), schema.to_value());
    }
    for key in ignored {
        let schema = serde_json::json!({"description": "Taken as ECS takes it; has no effect here."});
        properties.insert((*key).to_owned(), schema);
    }
    let required: Vec<&str> = members.iter().filter(|m| m.need == Need::Required).map(|m| m.key).collect();
    let mut schema = json_schema!({
        "type": "object",
        "description": tidy(doc),
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema
}

/// A doc comment's text.
pub(super) fn tidy(doc: &str) -> String {
    doc.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// Declares a mapping of the file: a struct of [`Slot`]s, its reader and its schema.
macro_rules! mapping {
    (
        $(#[doc = $doc:literal])+
        $name:ident ignoring $ignored:expr => {
            $($(#[doc = $member_doc:literal])+ $key:literal $field:ident: $need:ident $ty:ty,)+
        }
    ) => {
        $(#[doc = $doc])+
        pub(in crate::scenario) struct $name {
            /// Its key, or itself.
            pub(in crate::scenario) at: $crate::scenario::source::Span,
            $($(#[doc = $member_doc])+ pub(in crate::scenario) $field: $crate::scenario::read::Slot<$ty>,)+
        }

        impl $name {
            const MEMBERS: &'static [$crate::scenario::read::Member] = &[$($crate::scenario::read::Member {
                key: $key,
                need: $crate::scenario::read::Need::$need,
                doc: concat!($($member_doc, "\n"),+),
                schema: |generator| generator.subschema_for::<$ty>(),
            }),+];
            const IGNORED: &'static [&'static str] = $ignored;
        }

        impl $crate::scenario::read::Form for $name {
            fn read(
                node: &$crate::scenario::tree::Node,
                reader: &mut $crate::scenario::read::Reader,
            ) -> Option<Self> {
                let entries = reader.mapping(node, Self::MEMBERS, Self::IGNORED)?;
                let mut members = Self::MEMBERS.iter();
                Some($name {
                    at: node.head,
                    $($field: reader.member(node, entries, members.next()?),)+
                })
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("at", &self.at)
                    $(.field($key, &self.$field))+
                    .finish()
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn schema_id() -> std::borrow::Cow<'static, str> {
                concat!(module_path!(), "::", stringify!($name)).into()
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let doc = concat!($($doc, "\n"),+);
                $crate::scenario::read::mapping_schema(generator, doc, Self::MEMBERS, Self::IGNORED)
            }
        }
    };
    ($(#[doc = $doc:literal])+ $name:ident => { $($members:tt)+ }) => {
        mapping! { $(#[doc = $doc])+ $name ignoring &[] => { $($members)+ } }
    };
}
pub(super) use mapping;

impl<T: JsonSchema> JsonSchema for Slot<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

impl<T: Form> Form for Vec<Slot<T>> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        match &node.value {
            Value::List(items) => Some(items.iter().map(|item| reader.slot(item)).collect()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Map(_) => {
                reader.expected(node, "a list")
            }
        }
    }
}

/// A mapping whose keys are names.
#[derive(Debug)]
pub(super) struct Named<T>(pub(super) Vec<(String, Span, Slot<T>)>);

impl<T: Form> Form for Named<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            return reader.expected(node, "a mapping");
        };
        let named = entries.iter().map(|e| (e.key.to_string(), e.key_span, reader.slot(&e.value))).collect();
        Some(Named(named))
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Named{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({"type": "object", "additionalProperties": value})
    }
}

/// Anything at all.
#[derive(Debug)]
pub(super) struct Any;

impl Form for Any {
    fn read(_: &Node, _: &mut Reader) -> Option<Self> {
        Some(Any)
    }
}

impl JsonSchema for Any {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Any".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({})
    }
}
