//! Compares the requirements of a contract with the live tables.

use crate::plan::change::{Attribute, ObjectKind, TypeChange, absent_of, is_live, type_change};
use crate::plan::ownership::live_keys::{LiveKeys, satisfies};
use crate::plan::target::{same_charset, same_collation, same_foreign_key};
use crate::schema::{
    Column, ColumnDefault, DataType, DeclaredColumn, DeclaredOptions, DeclaredSchema, DeclaredTable, Dialect,
    Expression, Fill, ForeignKey, Generation, ObjectRef, Schema, Table, TableObject, parts_text,
};

/// A requirement that the live schema does not satisfy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmetRequirement {
    pub place: ObjectRef,
    pub attribute: Attribute,
    pub required: String,
    pub live: String,
}

/// Returns all of `required` that `live` does not satisfy.
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
        let mut check = TableRequirement { required: table, live: of_table, schema: live, found: Vec::new() };
        check.run();
        found.append(&mut check.found);
    }
    found
}

const ABSENT: &str = "absent";
const PRESENT: &str = "present";

/// The requirements of one live table.
struct TableRequirement<'a> {
    required: &'a DeclaredTable,
    live: &'a Table,
    schema: &'a Schema,
    found: Vec<UnmetRequirement>,
}

impl TableRequirement<'_> {
    fn run(&mut self) {
        let (required, live) = (self.required, self.live);
        let DeclaredTable {
            name: _,
            renamed_from: _,
            columns,
            primary_key: _, // See `keys`.
            indexes: _,
            foreign_keys: _, // See `constraints`.
            checks: _,
            options,
            partitioning: _, // No reader depends on it.
            absent: _,
        } = required;
        // No reader depends on other options.
        let DeclaredOptions { engine, charset: _, collation: _, comment: _, storage: _, auto_increment: _ } = options;
        for column in columns {
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
        if let (Some(engine), Some(live)) = (engine, &live.options.engine)
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
        let DeclaredColumn {
            name: _,
            renamed_from: _,
            data_type,
            nullable,
            default,
            on_update_now,
            auto_increment,
            generated,
            charset,
            collation,
            visible,
            srid,
            check,
            // No reader depends on these.
            comment: _,
            compressed: _,
            position: _,
        } = required;
        if let Some(data_type) = data_type
            && !holds(live, data_type, self.dialect())
        {
            self.note(object, Attribute::Type, data_type.render(), &live.data_type.render());
        }
        if *nullable == Some(false) && live.nullable {
            self.note(object, Attribute::Nullable, "NOT NULL".to_owned(), "NULL");
        }
        if default.as_ref().is_some_and(|default| *default != ColumnDefault::None) && lacks_value(live) {
            self.note(object, Attribute::Default, "a default".to_owned(), "none");
        }
        if *auto_increment == Some(true) && !live.is_auto_increment() {
            self.note(object, Attribute::AutoIncrement, "AUTO_INCREMENT".to_owned(), "not so");
        }
        if let Some(Generation { expression, storage: _ }) = generated {
            match live.generated() {
                None => self.note(object, Attribute::Generated, expression.to_string(), "not generated"),
                Some(live) if live.expression != *expression => {
                    self.note(object, Attribute::Generated, expression.to_string(), live.expression.as_str());
                }
                Some(_) => {}
            }
        }
        if let Some(check) = check.as_ref().filter(|check| !is_checked(self.live, check)) {
            let live = live.check.as_ref().map_or(ABSENT, Expression::as_str);
            self.note(object, Attribute::Check, check.to_string(), live);
        }
        if *on_update_now == Some(true) && !live.on_update_now {
            self.note(object, Attribute::OnUpdate, "ON UPDATE CURRENT_TIMESTAMP".to_owned(), "not so");
        }
        if *visible == Some(true) && !live.visible {
            self.note(object, Attribute::Visible, "visible".to_owned(), "invisible");
        }
        if let Some(charset) = charset
            && !live.charset.as_deref().is_some_and(|live| holds_charset(live, charset))
        {
            self.note(object, Attribute::Charset, charset.clone(), live.charset.as_deref().unwrap_or("none"));
        }
        if let Some(collation) = collation
            && !live.collation.as_deref().is_some_and(|live| same_collation(live, collation))
        {
            self.note(object, Attribute::Collation, collation.clone(), live.collation.as_deref().unwrap_or("none"));
        }
        if let Some(srid) = srid.filter(|srid| live.srid != Some(*srid)) {
            let live = live.srid.map_or_else(|| "none".to_owned(), |live| live.to_string());
            self.note(object, Attribute::Srid, srid.to_string(), &live);
        }
    }

    fn keys(&mut self) {
        let keys = LiveKeys::of(self.live);
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
        let (required, live) = (self.required, self.live);
        for kind in ObjectKind::ALL {
            for name in absent_of(required, kind).iter().filter(|name| is_live(live, kind, name)) {
                self.note(&kind.object(name), Attribute::State, ABSENT.to_owned(), PRESENT);
            }
        }
    }
}

/// Whether the live column takes each value of the required type.
fn holds(live: &Column, required: &DataType, dialect: Dialect) -> bool {
    let required = Column { data_type: required.clone(), ..live.clone() };
    match type_change(&required, live, dialect) {
        TypeChange::None | TypeChange::Dictionary | TypeChange::Appended | TypeChange::Wider => true,
        TypeChange::Narrower | TypeChange::Family => false,
    }
}

/// Whether a check of the table or of a column makes the server refuse every row that violates this.
fn is_checked(live: &Table, expression: &Expression) -> bool {
    let of_table = live.checks.iter().filter(|check| check.enforced).map(|check| &check.expression);
    let of_columns = live.columns.iter().filter_map(|column| column.check.as_ref());
    of_table.chain(of_columns).any(|live| live == expression)
}

/// Whether an INSERT that does not name the column fails.
fn lacks_value(column: &Column) -> bool {
    !column.nullable && column.fill == Fill::Default(ColumnDefault::None)
}

/// Whether a character set has all characters of another. All have ASCII, except those with at least two bytes a character;
/// `utf8mb4` has every character.
fn holds_charset(live: &str, required: &str) -> bool {
    let is = |name: &str, names: &[&str]| names.iter().any(|other| same_charset(name, other));
    same_charset(live, required)
        || is(live, &["utf8mb4"]) && !is(required, &["binary"])
        || is(live, &["utf8mb3"]) && is(required, &["ascii", "latin1", "latin2", "ucs2"])
        || is(required, &["ascii"]) && !is(live, &["binary", "ucs2", "utf16", "utf16le", "utf32"])
}
