//! Reads the lists of a table: its columns, indexes, foreign keys and checks, including those with the state Absent.
//! What each attribute means is read in the file of its kind.

use super::spec_reader::SpecReader;
use super::{column, constraint, index};
use crate::api::{CheckSpec, ColumnSpec, ForeignKeySpec, IndexSpec, RiskSpec, State};
use crate::plan::ObjectKind;
use crate::schema::{DeclaredCheck, DeclaredColumn, DeclaredIndex, ForeignKey, Identifier};

/// The objects of one list of a table.
pub struct ObjectList<D> {
    pub present: Vec<D>,
    pub absent: Vec<Identifier>,
}

/// An object in a list of a table.
pub trait ListedObject {
    /// The kind of object that consent names.
    const KIND: ObjectKind;
    /// The list's field in the spec.
    const LIST: &'static str;
    /// The declaration that the object is read to.
    type Declared;

    /// Returns what all objects have.
    fn head(&self) -> ObjectHead<'_>;

    /// Reads the attributes; `None` where too few of them can be read.
    fn read(&self, name: &Identifier, path: &str, reader: &mut SpecReader) -> Option<Self::Declared>;
}

/// What objects of all kinds have.
pub struct ObjectHead<'s> {
    name: &'s str,
    state: Option<State>,
    allow: Option<&'s [RiskSpec]>,
}

/// Reads one list of `table`, which is declared at `path`.
pub fn object_list<S: ListedObject>(
    table: &Identifier,
    path: &str,
    specs: Option<&[S]>,
    reader: &mut SpecReader,
) -> ObjectList<S::Declared> {
    let list = format!("{path}.{}", S::LIST);
    let (absent, present): (Vec<&S>, Vec<&S>) =
        specs.unwrap_or_default().iter().partition(|spec| spec.head().state == Some(State::Absent));
    let name = |spec: &S, reader: &mut SpecReader| {
        let head = spec.head();
        let name = reader.name(&format!("{list}[{}].name", head.name), head.name)?;
        reader.allow_for_object(table, S::KIND, &name, head.allow);
        Some(name)
    };
    let absent: Vec<Identifier> = absent.into_iter().filter_map(|spec| name(spec, reader)).collect();
    let mut names = Vec::new();
    let mut read = Vec::new();
    for spec in present {
        let Some(name) = name(spec, reader) else { continue };
        let Some(object) = spec.read(&name, &format!("{list}[{}]", spec.head().name), reader) else { continue };
        names.push(name);
        read.push(object);
    }
    reader.distinct(&list, names.iter().chain(&absent));
    ObjectList { present: read, absent }
}

impl ListedObject for ColumnSpec {
    const KIND: ObjectKind = ObjectKind::Column;
    const LIST: &'static str = "columns";
    type Declared = DeclaredColumn;

    fn head(&self) -> ObjectHead<'_> {
        ObjectHead { name: &self.name, state: self.state, allow: self.allow.as_deref() }
    }

    fn read(&self, name: &Identifier, path: &str, reader: &mut SpecReader) -> Option<DeclaredColumn> {
        Some(column::column(self, name, path, reader))
    }
}

impl ListedObject for IndexSpec {
    const KIND: ObjectKind = ObjectKind::Index;
    const LIST: &'static str = "indexes";
    type Declared = DeclaredIndex;

    fn head(&self) -> ObjectHead<'_> {
        ObjectHead { name: &self.name, state: self.state, allow: self.allow.as_deref() }
    }

    fn read(&self, name: &Identifier, path: &str, reader: &mut SpecReader) -> Option<DeclaredIndex> {
        index::index(self, name, path, reader)
    }
}

impl ListedObject for ForeignKeySpec {
    const KIND: ObjectKind = ObjectKind::ForeignKey;
    const LIST: &'static str = "foreignKeys";
    type Declared = ForeignKey;

    fn head(&self) -> ObjectHead<'_> {
        ObjectHead { name: &self.name, state: self.state, allow: self.allow.as_deref() }
    }

    fn read(&self, name: &Identifier, path: &str, reader: &mut SpecReader) -> Option<ForeignKey> {
        constraint::foreign_key(self, name, path, reader)
    }
}

impl ListedObject for CheckSpec {
    const KIND: ObjectKind = ObjectKind::Check;
    const LIST: &'static str = "checks";
    type Declared = DeclaredCheck;

    fn head(&self) -> ObjectHead<'_> {
        ObjectHead { name: &self.name, state: self.state, allow: self.allow.as_deref() }
    }

    fn read(&self, name: &Identifier, path: &str, reader: &mut SpecReader) -> Option<DeclaredCheck> {
        constraint::check(self, name, path, reader)
    }
}
