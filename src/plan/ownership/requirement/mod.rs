//! Whether a live schema satisfies what somebody requires of it without owning it (mode Require). It may have more, and
//! may be wider; it may not lack anything, nor be narrower.
//!
//! | required | satisfied by |
//! |---|---|
//! | a table | a table of that name, whatever else is in it |
//! | a column's type | one in which each value of the required type has its place: wider, more members, text for varchar |
//! | `nullable: false` | NOT NULL |
//! | `nullable: true` | either: who reads NULLs reads none as well |
//! | a default | any default; NULL is one |
//! | autoIncrement, onUpdate | the same |
//! | generated | a generated column of the same expression, stored or not |
//! | a character set | that, or one that holds all of it |
//! | a collation, srid | the same |
//! | `visible: true` | a visible column |
//! | a primary key, an index, a foreign key, a check | see [`super::index`]; a foreign key of the same columns and actions, an enforced check of the same expression, whatever their names |
//! | an engine | the same |
//! | `state: Absent` | none of that name |
//!
//! Expressions are the same where they provably are: see [`Expression`].
//!
//! Positions, comments, other options and partitions are not looked at: no reader depends on them.

use super::index::{Keys, satisfies};
use super::place::{ObjectRef, TableObject, parts_text};
use crate::plan::change::Attribute;
use crate::plan::change::{TypeChange, type_change};
use crate::plan::target::{same_charset, same_collation, same_foreign_key};
use crate::schema::{
    Column, ColumnDefault, DataType, DeclaredColumn, DeclaredSchema, DeclaredTable, Dialect, Expression, Fill,
    ForeignKey, Generation, Identifier, Schema, Table,
};

/// Something that is required, and not so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmetRequirement {
    pub place: ObjectRef,
    pub attribute: Attribute,
    pub required: String,
    pub live: String,
}

/// All of `required` that `live` does not satisfy.
pub fn unmet(required: &DeclaredSchema, live: &Schema) -> Vec<UnmetRequirement> {
    let mut found = Vec::new();
    for name in required.absent_tables.iter().filter(|name| live.table(name).is_some()) {
        let place = ObjectRef { table: name.clone(), object: TableObject::Table };
        found.push(UnmetRequirement {
            place,
            attribute: Attribute::State,
            required: ABSENT.to_owned(),
            live: PRESENT.to_owned(),
        });
    }
    for table in &required.tables {
        let Some(of_table) = live.table(&table.name) else {
            let place = ObjectRef { table: table.name.clone(), object: TableObject::Table };
            found.push(UnmetRequirement {
                place,
                attribute: Attribute::State,
                required: PRESENT.to_owned(),
                live: ABSENT.to_owned(),
            });
            continue;
        };
        let mut check = Requirement { required: table, live: of_table, schema: live, found: Vec::new() };
        check.run();
        found.append(&mut check.found);
    }
    found
}

const ABSENT: &str = "absent";
const PRESENT: &str = "present";

/// What is required of one table that is live.
struct Requirement<'a> {
    required: &'a DeclaredTable,
    live: &'a Table,
    schema: &'a Schema,
    found: Vec<UnmetRequirement>,
}

impl Requirement<'_> {
    fn run(&mut self) {
        let (required, live) = (self.required, self.live);
        for column in &required.columns {
            let object = TableObject::Column(column.name.clone());
            if let Some(live) = live.column(&column.name) {
                self.column(&object, column, live);
                continue;
            }
            let definition = column.data_type.as_ref().map_or_else(|| PRESENT.to_owned(), DataType::render);
            self.note(&object, Attribute::State, definition, ABSENT);
        }
        self.keys();
        self.constraints();
        let engines = (required.options.engine.as_ref(), live.options.engine.as_ref());
        if let (Some(engine), Some(live)) = engines
            && !engine.eq_ignore_ascii_case(live)
        {
            self.note(&TableObject::Options, Attribute::Engine, engine.clone(), live);
        }
        self.absent();
    }

    fn note(&mut self, object: &TableObject, attribute: Attribute, required: String, live: &str) {
        let place = ObjectRef { table: self.required.name.clone(), object: object.clone() };
        self.found.push(UnmetRequirement { place, attribute, required, live: live.to_owned() });
    }

    fn dialect(&self) -> Dialect {
        self.schema.dialect
    }

    fn column(&mut self, object: &TableObject, required: &DeclaredColumn, live: &Column) {
        if let Some(data_type) = &required.data_type
            && !holds(live, data_type, self.dialect())
        {
            self.note(object, Attribute::Type, data_type.render(), &live.data_type.render());
        }
        if required.nullable == Some(false) && live.nullable {
            self.note(object, Attribute::Nullable, "NOT NULL".to_owned(), "NULL");
        }
        if required.default.as_ref().is_some_and(|default| *default != ColumnDefault::None) && lacks_value(live) {
            self.note(object, Attribute::Default, "a default".to_owned(), "none");
        }
        if required.auto_increment == Some(true) && !live.is_auto_increment() {
            self.note(object, Attribute::AutoIncrement, "AUTO_INCREMENT".to_owned(), "not so");
        }
        if let Some(Generation { expression, .. }) = &required.generated {
            match live.generated() {
                None => self.note(object, Attribute::Generated, expression.to_string(), "not generated"),
                Some(live) if live.expression != *expression => {
                    self.note(object, Attribute::Generated, expression.to_string(), live.expression.as_str());
                }
                Some(_) => {}
            }
        }
        if let Some(check) = required.check.as_ref().filter(|check| !is_checked(self.live, check)) {
            let live = live.check.as_ref().map_or(ABSENT, Expression::as_str);
            self.note(object, Attribute::Check, check.to_string(), live);
        }
        if required.on_update_now == Some(true) && !live.on_update_now {
            self.note(object, Attribute::OnUpdate, "ON UPDATE CURRENT_TIMESTAMP".to_owned(), "not so");
        }
        if required.visible == Some(true) && !live.visible {
            self.note(object, Attribute::Visible, "visible".to_owned(), "invisible");
        }
        if let Some(charset) = &required.charset
            && !live.charset.as_deref().is_some_and(|live| holds_charset(live, charset))
        {
            self.note(object, Attribute::Charset, charset.clone(), live.charset.as_deref().unwrap_or("none"));
        }
        if let Some(collation) = &required.collation
            && !live.collation.as_deref().is_some_and(|live| same_collation(live, collation))
        {
            self.note(object, Attribute::Collation, collation.clone(), live.collation.as_deref().unwrap_or("none"));
        }
        if let Some(srid) = required.srid.filter(|srid| live.srid != Some(*srid)) {
            let live = live.srid.map_or_else(|| "none".to_owned(), |live| live.to_string());
            self.note(object, Attribute::Srid, srid.to_string(), &live);
        }
    }

    fn keys(&mut self) {
        let keys = Keys::of(self.live);
        if let Some(parts) = self.required.primary_key.as_ref().filter(|parts| !parts.is_empty())
            && !keys.has_primary(parts)
        {
            let live = self.live.primary_key.as_ref().map_or_else(|| "none".to_owned(), |key| parts_text(&key.parts));
            self.note(&TableObject::PrimaryKey, Attribute::PrimaryKey, parts_text(parts), &live);
        }
        for index in &self.required.indexes {
            if let Err(attribute) = satisfies(&keys, index) {
                let object = TableObject::Index(index.name.clone());
                let live = if attribute == Attribute::Unique { "not unique" } else { ABSENT };
                self.note(&object, attribute, parts_text(&index.parts), live);
            }
        }
    }

    fn constraints(&mut self) {
        for key in &self.required.foreign_keys {
            let database = key.referenced_database.clone().filter(|name| *name != self.schema.name);
            let key = ForeignKey { referenced_database: database, ..key.clone() };
            if !self.live.foreign_keys.iter().any(|live| same_foreign_key(live, &key)) {
                self.note(
                    &TableObject::ForeignKey(key.name.clone()),
                    Attribute::State,
                    key.definition(self.dialect()),
                    ABSENT,
                );
            }
        }
        let (required, live) = (self.required, self.live);
        for check in required.checks.iter().filter(|check| !is_checked(live, &check.expression)) {
            let object = &TableObject::Check(check.name.clone());
            let has_same = live.checks.iter().any(|live| live.expression == check.expression);
            match live.check(&check.name) {
                _ if has_same && check.enforced == Some(false) => {}
                _ if has_same => self.note(object, Attribute::Enforced, "enforced".to_owned(), "not enforced"),
                Some(live) => {
                    self.note(object, Attribute::Expression, check.expression.to_string(), live.expression.as_str());
                }
                None => self.note(object, Attribute::State, check.expression.to_string(), ABSENT),
            }
        }
    }

    fn absent(&mut self) {
        let (absent, live) = (&self.required.absent, self.live);
        let mut found: Vec<TableObject> = Vec::new();
        let of =
            |names: &[Identifier], is_live: &dyn Fn(&Identifier) -> bool, object: fn(Identifier) -> TableObject| {
                names.iter().filter(|name| is_live(name)).cloned().map(object).collect::<Vec<_>>()
            };
        found.extend(of(&absent.columns, &|name| live.column(name).is_some(), TableObject::Column));
        found.extend(of(&absent.indexes, &|name| live.index(name).is_some(), TableObject::Index));
        found.extend(of(&absent.foreign_keys, &|name| live.foreign_key(name).is_some(), TableObject::ForeignKey));
        found.extend(of(&absent.checks, &|name| live.check(name).is_some(), TableObject::Check));
        for object in found {
            self.note(&object, Attribute::State, ABSENT.to_owned(), PRESENT);
        }
    }
}

/// Whether each value of the required type has its place in the live column.
fn holds(live: &Column, required: &DataType, dialect: Dialect) -> bool {
    let required = Column { data_type: required.clone(), ..live.clone() };
    match type_change(&required, live, dialect) {
        TypeChange::None | TypeChange::Dictionary | TypeChange::Appended | TypeChange::Wider => true,
        TypeChange::Narrower | TypeChange::Family => false,
    }
}

/// Whether the server lets no row in that does not hold this, by a check of the table or of a column.
fn is_checked(live: &Table, expression: &Expression) -> bool {
    let of_table = live.checks.iter().filter(|check| check.enforced).map(|check| &check.expression);
    let of_columns = live.columns.iter().filter_map(|column| column.check.as_ref());
    of_table.chain(of_columns).any(|live| live == expression)
}

/// An INSERT that does not name such a column fails.
fn lacks_value(column: &Column) -> bool {
    !column.nullable && column.fill == Fill::Default(ColumnDefault::None)
}

/// All character sets hold ASCII, but those of two bytes and more at least; `utf8mb4` holds every character.
fn holds_charset(live: &str, required: &str) -> bool {
    let is = |name: &str, names: &[&str]| names.iter().any(|other| same_charset(name, other));
    same_charset(live, required)
        || is(live, &["utf8mb4"]) && !is(required, &["binary"])
        || is(live, &["utf8mb3"]) && is(required, &["ascii", "latin1", "latin2", "ucs2"])
        || is(required, &["ascii"]) && !is(live, &["binary", "ucs2", "utf16", "utf16le", "utf32"])
}

#[cfg(test)]
mod tests;
