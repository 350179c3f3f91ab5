//! How an event stands in JSON: one object, with its type as the member `type` beside its own members
//! and those of whoever holds it, as the head of a journal's line.
//!
//! All of them are read in one pass and in any order. What serde's own `tag` does for this keeps every
//! member aside before it reads the first one, which is most of the time that a long journal takes.

use super::Event;
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, StrDeserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, IntoDeserializer,
    MapAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;

/// The member that says what kind of event it is.
const TYPE: &str = "type";

/// Members of the same object that are none of the event's.
pub trait Beside<'de> {
    /// Takes the value of the member `name` from `members` if it is one of these.
    ///
    /// # Errors
    /// That of the reader.
    fn take<M: MapAccess<'de>>(&mut self, name: &str, members: &mut M) -> Result<bool, M::Error>;

    /// Whether enough of them is known to say what [`Beside::refuses`] asks.
    fn is_known(&self) -> bool;

    /// Why the event is not to be looked at, whatever it says.
    fn refuses(&self) -> Option<String>;
}

/// No members but those of the event; others are passed over.
struct Nothing;

impl<'de> Beside<'de> for Nothing {
    fn take<M: MapAccess<'de>>(&mut self, _: &str, _: &mut M) -> Result<bool, M::Error> {
        Ok(false)
    }

    fn is_known(&self) -> bool {
        true
    }

    fn refuses(&self) -> Option<String> {
        None
    }
}

/// Reads an object that holds an event and the members of `beside`. Gives the event, or why only a newer
/// program can read it, once all of `beside` is read.
///
/// # Errors
/// That of the reader: no object, no type, or an event whose members are wrong.
pub fn read<'de, D: Deserializer<'de>, B: Beside<'de>>(
    object: D,
    beside: &mut B,
) -> Result<Result<Event, String>, D::Error> {
    object.deserialize_map(Object(beside))
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(object: D) -> Result<Self, D::Error> {
        read(object, &mut Nothing)?.map_err(D::Error::custom)
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, object: S) -> Result<S::Ok, S::Error> {
        let named = Self::serialize(self, serde_json::value::Serializer);
        let members = match named.map_err(serde::ser::Error::custom)? {
            Value::Object(named) => named.into_iter().next(),
            Value::String(kind) => Some((kind, Value::Null)),
            _ => None,
        };
        let (kind, members) = members.unwrap_or_default();
        let kind = std::iter::once((TYPE.to_owned(), Value::String(kind)));
        match members {
            Value::Object(members) => object.collect_map(kind.chain(members)),
            _ => object.collect_map(kind),
        }
    }
}

struct Object<'b, B>(&'b mut B);

impl<'de, B: Beside<'de>> Visitor<'de> for Object<'_, B> {
    type Value = Result<Event, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an event")
    }

    fn visit_map<M: MapAccess<'de>>(self, members: M) -> Result<Self::Value, M::Error> {
        let mut left = Left {
            members,
            beside: self.0,
            early: VecDeque::new(),
            value: None,
        };
        let kind = left.kind()?;
        if let Some(why) = left.beside.refuses() {
            left.pass_over()?;
            return Ok(Err(why));
        }
        let mut is_known = false;
        let read = Event::deserialize(Named {
            kind: &kind,
            is_known: &mut is_known,
            left: &mut left,
        });
        match read {
            Err(_) if !is_known => {
                left.pass_over()?;
                Ok(Err(format!("it is an event `{kind}`")))
            }
            read => {
                let event = read?;
                left.pass_over()?;
                Ok(Ok(event))
            }
        }
    }
}

/// A text that is borrowed where it can be, which `Cow` alone never is.
#[derive(Deserialize)]
pub struct Text<'t>(#[serde(borrow)] pub Cow<'t, str>);

/// The members of an object that are not read yet.
struct Left<'b, 'de, M, B> {
    members: M,
    beside: &'b mut B,
    /// Members of the event that stood before its type.
    early: VecDeque<(Cow<'de, str>, Value)>,
    /// The value of the early one whose name was read.
    value: Option<Value>,
}

impl<'de, M: MapAccess<'de>, B: Beside<'de>> Left<'_, 'de, M, B> {
    /// The type. What of the event stands before it, or before all that is to be known, is kept.
    fn kind(&mut self) -> Result<Cow<'de, str>, M::Error> {
        let mut kind = None;
        while kind.is_none() || !self.beside.is_known() {
            let Some(name) = self.next_of_event()? else {
                break;
            };
            match name.as_ref() {
                TYPE => kind = Some(self.members.next_value::<Text<'de>>()?.0),
                _ => {
                    let value = self.members.next_value()?;
                    self.early.push_back((name, value));
                }
            }
        }
        kind.ok_or_else(|| M::Error::missing_field(TYPE))
    }

    /// The name of the next member that is the event's.
    fn next_of_event(&mut self) -> Result<Option<Cow<'de, str>>, M::Error> {
        while let Some(Text(name)) = self.members.next_key()? {
            if !self.beside.take(&name, &mut self.members)? {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn pass_over(&mut self) -> Result<(), M::Error> {
        while self.next_of_event()?.is_some() {
            self.members.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

impl<'de, M: MapAccess<'de>, B: Beside<'de>> MapAccess<'de> for Left<'_, 'de, M, B> {
    type Error = M::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, M::Error> {
        let name = match self.early.pop_front() {
            Some((name, value)) => {
                self.value = Some(value);
                Some(name)
            }
            None => self.next_of_event()?,
        };
        name.map(|name| match name {
            Cow::Borrowed(name) => seed.deserialize(BorrowedStrDeserializer::new(name)),
            Cow::Owned(name) => seed.deserialize(name.into_deserializer()),
        })
        .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, M::Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value).map_err(M::Error::custom),
            None => self.members.next_value_seed(seed),
        }
    }
}

/// An event whose type is known, as serde reads an enum.
struct Named<'l, L> {
    kind: &'l str,
    /// Whether there is an event of this type.
    is_known: &'l mut bool,
    left: &'l mut L,
}

impl<'de, L: MapAccess<'de>> Deserializer<'de> for Named<'_, L> {
    type Error = L::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, L::Error> {
        Err(L::Error::custom("an event is an enum"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, L::Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de, 'l, L: MapAccess<'de>> EnumAccess<'de> for Named<'l, L> {
    type Error = L::Error;
    type Variant = Members<'l, L>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), L::Error> {
        let kind = seed.deserialize(StrDeserializer::new(self.kind))?;
        *self.is_known = true;
        Ok((kind, Members(self.left)))
    }
}

/// The members of an event of a known type.
struct Members<'l, L>(&'l mut L);

impl<'de, L: MapAccess<'de>> VariantAccess<'de> for Members<'_, L> {
    type Error = L::Error;

    fn unit_variant(self) -> Result<(), L::Error> {
        while self.0.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, L::Error> {
        seed.deserialize(MapAccessDeserializer::new(self.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, L::Error> {
        Err(de::Error::custom("an event has named members"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, L::Error> {
        visitor.visit_map(self.0)
    }
}
