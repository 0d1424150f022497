//! Text of the file: names, words from a list, and the several ways ECS has of naming one thing.

use super::error::Finding;
use super::read::{Form, Reader};
use super::source::quoted;
use super::tree::{Node, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::marker::PhantomData;

/// Reads text; a number or a boolean that was meant as text must be quoted.
fn text<'n>(node: &'n Node, reader: &mut Reader, what: &str) -> Option<&'n str> {
    match &node.value {
        Value::Text(text) => Some(text),
        Value::Bool(_) | Value::Number(_) => {
            let finding = Finding::new(node.span, format!("this should be {what}"))
                .found(format!("found {}", node.described()))
                .allowed(format!("{what}, in quotes when it looks like a number or a boolean"));
            reader.wrong(finding);
            None
        }
        Value::Null | Value::List(_) | Value::Map(_) => reader.expected(node, what),
    }
}

/// A schema for text.
macro_rules! text_schema {
    ($name:ident $(<$parameter:ident: $bound:ident>)?, $schema:tt) => {
        impl$(<$parameter: $bound>)? JsonSchema for $name$(<$parameter>)? {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

/// Any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text(pub(super) String);

impl Form for Text {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        text(node, reader, "text").map(|t| Text(t.to_owned()))
    }
}

text_schema!(Text, { "type": "string" });

/// A name as ECS takes them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(pub(super) String);

/// What a name looks like, for messages.
const NAME_LOOKS: &str = "1 to 255 letters, digits, `-` and `_`";

pub(super) fn is_name(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

impl Form for Name {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let name = text(node, reader, "a name")?;
        if is_name(name) {
            return Some(Name(name.to_owned()));
        }
        not_a_name(node, reader, name);
        None
    }
}

fn not_a_name(node: &Node, reader: &mut Reader, name: &str) {
    let found = match name.len() {
        0 => "found nothing between the quotes".to_owned(),
        256.. => format!("found {} bytes", name.len()),
        _ => format!("found {}", quoted(name)),
    };
    reader.wrong(Finding::new(node.span, "this is not a name").found(found).allowed(NAME_LOOKS));
}

text_schema!(Name, { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,255}$" });

/// An EC2 instance type's name, or a pattern of several: `c6g.xlarge`, `m7*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TypeName(pub(super) String);

impl Form for TypeName {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let name = text(node, reader, "an instance type")?;
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'*');
        if (1..=64).contains(&name.len()) && name.bytes().all(fits) {
            return Some(TypeName(name.to_owned()));
        }
        let finding = Finding::new(node.span, "this is not an instance type's name")
            .found(format!("found {}", quoted(name)))
            .allowed("a name such as c6g.xlarge");
        reader.wrong(finding);
        None
    }
}

text_schema!(TypeName, { "type": "string", "pattern": "^[A-Za-z0-9.*-]{1,64}$" });

/// An alarm's name; CloudWatch takes nearly anything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AlarmName(pub(super) String);

impl Form for AlarmName {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let name = text(node, reader, "an alarm's name")?;
        let name = arn_resource(name).map_or(name, |(_, name)| name);
        let shown = super::source::visible(name);
        if (1..=255).contains(&name.len()) && shown == name && name.trim() == name {
            return Some(AlarmName(name.to_owned()));
        }
        let finding = Finding::new(node.span, "this is not an alarm's name")
            .found(format!("found {}", quoted(name)))
            .allowed("1 to 255 visible characters, no spaces at the ends");
        reader.wrong(finding);
        None
    }
}

text_schema!(AlarmName, { "type": "string", "minLength": 1, "maxLength": 255 });

/// A thing of ECS that an ARN can name.
pub(super) trait Kind: std::fmt::Debug {
    /// Its word in an ARN.
    const ARN: &'static str;
    /// What it is, in words.
    const WHAT: &'static str;
}

/// Declares kinds of things that can be referred to.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $arn:literal, $what:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum $name {}
        impl Kind for $name {
            const ARN: &'static str = $arn;
            const WHAT: &'static str = $what;
        }
    )+};
}

kinds! {
    /// A cluster.
    Cluster = "cluster", "a cluster";
    /// A capacity provider.
    Provider = "capacity-provider", "a capacity provider";
    /// A daemon.
    Daemon = "daemon", "a daemon";
    /// A service.
    Service = "service", "a service";
    /// An app's task definition.
    AppDefinition = "task-definition", "a task definition";
    /// A daemon's task definition.
    DaemonDefinition = "daemon-task-definition", "a daemon task definition";
    /// A task.
    Task = "task", "a task";
    /// An instance.
    Instance = "container-instance", "a container instance";
}

/// A thing named by its name or its ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ref<K: Kind> {
    pub(super) name: String,
    kind: PhantomData<K>,
}

impl<K: Kind> Form for Ref<K> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let written = text(node, reader, &format!("{} or its ARN", K::WHAT))?;
        let resource = resource::<K>(node, reader, written)?;
        let name = resource.rsplit('/').next().unwrap_or(resource);
        if is_name(name) && (resource.len() == name.len() || resource.len() < written.len()) {
            return Some(Ref { name: name.to_owned(), kind: PhantomData });
        }
        not_a_name(node, reader, written);
        None
    }
}

text_schema!(Ref<K: Kind>, { "type": "string", "minLength": 1 });

/// A revision of a task definition: `family`, `family:3` or an ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RevisionRef<K: Kind> {
    pub(super) family: String,
    /// None: the latest.
    pub(super) revision: Option<u32>,
    kind: PhantomData<K>,
}

impl<K: Kind> Form for RevisionRef<K> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let written = text(node, reader, &format!("{} or its ARN", K::WHAT))?;
        let resource = resource::<K>(node, reader, written)?;
        let (family, revision) = match resource.split_once(':') {
            Some((family, revision)) => (family, Some(revision)),
            None => (resource, None),
        };
        let number = revision.map(|r| r.parse::<u32>().ok().filter(|n| *n > 0 && n.to_string() == r));
        if !is_name(family) || number == Some(None) {
            let finding = Finding::new(node.span, format!("this is not {}", K::WHAT))
                .found(format!("found {}", quoted(written)))
                .allowed("`family`, `family:revision` or an ARN");
            reader.wrong(finding);
            return None;
        }
        Some(RevisionRef { family: family.to_owned(), revision: number.flatten(), kind: PhantomData })
    }
}

text_schema!(RevisionRef<K: Kind>, { "type": "string", "minLength": 1 });

/// A task or an instance as people name it: `my-service/t-42`, `my-daemon/d-3`, `my-provider/i-7`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NumberedRef<K: Kind> {
    pub(super) owner: String,
    /// `t`, `d` or `i`.
    pub(super) letter: char,
    pub(super) number: u32,
    kind: PhantomData<K>,
}

impl<K: Kind> Form for NumberedRef<K> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let written = text(node, reader, K::WHAT)?;
        let resource = resource::<K>(node, reader, written)?;
        if let Some((owner, letter, number)) = numbered(resource)
            && (letter == 'i') == (K::ARN == Instance::ARN)
        {
            return Some(NumberedRef { owner: owner.to_owned(), letter, number, kind: PhantomData });
        }
        let example = if K::ARN == Instance::ARN {
            "`my-provider/i-7`"
        } else {
            "`my-service/t-42` or, for a daemon's task, `my-daemon/d-3`"
        };
        let finding = Finding::new(node.span, format!("this is not {}", K::WHAT))
            .found(format!("found {}", quoted(written)))
            .allowed(format!("{example}; the simulation's own names, counted from 1"));
        reader.wrong(finding);
        None
    }
}

text_schema!(NumberedRef<K: Kind>, { "type": "string", "pattern": "^(.*/)?[A-Za-z0-9_-]+/[tdi]-[1-9][0-9]*$" });

/// Owner, letter and number; of an ARN's resource (`cluster/owner/t-1`) the last two parts.
fn numbered(resource: &str) -> Option<(&str, char, u32)> {
    let mut parts = resource.rsplit('/');
    let (last, owner) = (parts.next()?, parts.next()?);
    if parts.count() > 1 || !is_name(owner) {
        return None;
    }
    let (letter, number) = last.split_once('-')?;
    let letter = Some(letter).filter(|l| matches!(*l, "t" | "d" | "i"))?.chars().next()?;
    let parsed: u32 = number.parse().ok().filter(|n| *n > 0)?;
    (parsed.to_string() == number).then_some((owner, letter, parsed))
}

/// The kind and the name of an ARN: `arn:aws:ecs:eu-west-1:123456789012:service/my-cluster/my-service`.
fn arn_resource(text: &str) -> Option<(&str, &str)> {
    let mut parts = text.splitn(6, ':');
    if parts.next()? != "arn" {
        return None;
    }
    let resource = parts.nth(4)?;
    resource.split_once(['/', ':'])
}

/// What follows the kind in an ARN of this kind; all of a plain name.
fn resource<'t, K: Kind>(node: &Node, reader: &mut Reader, written: &'t str) -> Option<&'t str> {
    if !written.starts_with("arn:") {
        return Some(written);
    }
    match arn_resource(written) {
        Some((kind, resource)) if kind == K::ARN => Some(resource),
        Some(_) | None => {
            let finding = Finding::new(node.span, format!("this is not the ARN of {}", K::WHAT))
                .found(format!("found {}", quoted(written)))
                .allowed(format!("`arn:aws:ecs:region:account:{}/…`", K::ARN));
            reader.wrong(finding);
            None
        }
    }
}

impl Form for bool {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        match &node.value {
            Value::Bool(value) => Some(*value),
            Value::Null | Value::Number(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => {
                reader.expected(node, "true or false, without quotes")
            }
        }
    }
}

/// One of several words.
pub(super) trait Words: Copy + 'static {
    /// Each with its meaning.
    const ALL: &'static [(&'static str, Self)];
}

/// A word of a list, as what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<T>(pub(super) T);

impl<T: Words> Form for Word<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let words = T::ALL.iter().map(|(word, _)| *word);
        let allowed = words.clone().collect::<Vec<_>>().join(", ");
        let Value::Text(text) = &node.value else {
            return reader.expected(node, &format!("one of {allowed}"));
        };
        if let Some((_, value)) = T::ALL.iter().find(|(word, _)| *word == &**text) {
            return Some(Word(*value));
        }
        let finding = Finding::new(node.span, format!("{} is not one of the words for this", quoted(text)))
            .near(text, words)
            .allowed(allowed);
        reader.wrong(finding);
        None
    }
}

impl<T: Words> JsonSchema for Word<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Word".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = T::ALL.iter().map(|(word, _)| *word).collect();
        json_schema!({"enum": words})
    }
}

/// Declares an enum of the words that ECS has for something.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::scenario) enum $name { $($variant),+ }
        impl $crate::scenario::text::Words for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($word, $name::$variant)),+];
        }
    )+};
}
pub(super) use words;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_taken_apart() {
        let arn = "arn:aws:ecs:eu-west-1:123456789012:service/my-cluster/my-service";
        assert_eq!(arn_resource(arn), Some(("service", "my-cluster/my-service")));
        let arn = "arn:aws:ecs:eu-west-1:123456789012:daemon-task-definition/agent:3";
        assert_eq!(arn_resource(arn), Some(("daemon-task-definition", "agent:3")));
        let arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:agent-errors";
        assert_eq!(arn_resource(arn), Some(("alarm", "agent-errors")));
        assert_eq!(arn_resource("arn:aws"), None);
    }

    #[test]
    fn numbered_names_are_taken_apart() {
        assert_eq!(numbered("my-service/t-42"), Some(("my-service", 't', 42)));
        assert_eq!(numbered("my-cluster/my-provider/i-7"), Some(("my-provider", 'i', 7)));
        for wrong in
            ["t-42", "a/t-0", "a/t-01", "a/x-1", "a/t-", "a/t-+1", "a/b/c/t-1", "/t-1", "a/t-4294967296"]
        {
            assert_eq!(numbered(wrong), None, "{wrong}");
        }
    }
}
