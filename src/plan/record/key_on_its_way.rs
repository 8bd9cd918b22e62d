//! Foreign keys that are dropped to come back, and how to put them back. The record holds each before it is dropped, so
//! that a pass after a crash knows of it.

use serde::{Deserialize, Serialize};

use crate::plan::change::{Change, Plan, Step};
use crate::plan::target::can_refer;
use crate::schema::{
    Column, ColumnDefault, DataType, DeclaredColumn, DeclaredIndex, DeclaredSchema, DeclaredTable, Expression, Fill,
    ForeignKey, Identifier, IndexKind, KeyOfTable, KeyPart, Schema,
};

/// A foreign key that is dropped to come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyOnItsWay {
    pub table: Identifier,
    /// The key as it was.
    pub key: ForeignKey,
    /// The columns as they were that are changed meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<FormerColumn>,
    /// Columns of the key that get another name meanwhile; the key has their new names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<RenamedColumn>,
    /// What the key refers to, where that is dropped or replaced meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referenced: Option<ReferencedKey>,
    /// Whether the key is put back without a look at the rows. Whether they satisfy it is to be counted.
    #[serde(default)]
    pub unproven: bool,
}

/// A column that gets another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RenamedColumn {
    pub table: Identifier,
    pub from: Identifier,
    pub to: Identifier,
}

/// The index or the primary key to which a foreign key refers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferencedKey {
    /// The index; `None` for the primary key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    index: Option<Identifier>,
    unique: bool,
    parts: Vec<String>,
}

/// A column as it was, as far as a foreign key depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerColumn {
    pub table: Identifier,
    pub name: Identifier,
    #[serde(rename = "type")]
    data_type: String,
    nullable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    charset: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<FormerDefault>,
}

/// A column's default, as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum FormerDefault {
    None,
    Value(String),
    Expression(String),
}

impl KeyOnItsWay {
    /// Returns the keys that these steps drop and add again.
    pub fn of_steps(steps: &[Step]) -> Vec<Self> {
        let mut found = Vec::new();
        for step in steps {
            for change in &step.changes {
                let Change::DropForeignKey(key) = change else { continue };
                if step.unit.is_some() && comes_back(step, key, steps) {
                    found.push(Self::of_unit(step, key, steps));
                }
            }
        }
        found
    }

    fn of_unit(step: &Step, key: &ForeignKey, steps: &[Step]) -> Self {
        let of_table = KeyOfTable { key, table: &step.table };
        let in_unit = steps.iter().filter(|other| other.unit == step.unit);
        let (mut columns, mut renamed, mut referenced) = (Vec::new(), Vec::new(), None);
        for (table, change) in in_unit.flat_map(|other| other.changes.iter().map(move |change| (&other.table, change)))
        {
            match change {
                Change::ModifyColumn { from, to, .. } if of_table.has_column(table, &to.name) => {
                    columns.push(FormerColumn::new(table, from));
                }
                Change::RenameColumn { from, to } if of_table.has_column(table, to) => {
                    renamed.push(RenamedColumn { table: table.clone(), from: from.clone(), to: to.clone() });
                }
                change if key.refers_to(table) => referenced = referenced.or_else(|| ReferencedKey::lost(change, key)),
                _ => {}
            }
        }
        Self { table: step.table.clone(), key: key.clone(), columns, renamed, referenced, unproven: false }
    }

    /// Returns the key with the names that its columns have now.
    pub fn as_named(&self, live: &Schema) -> ForeignKey {
        let named = |table: &Identifier, columns: &[Identifier]| {
            let name = |column: &Identifier| {
                let renamed = self.renamed.iter().find(|renamed| renamed.table == *table && renamed.to.matches(column));
                let has = |name: &Identifier| live.table(table).is_some_and(|table| table.column(name).is_some());
                renamed.map(|renamed| &renamed.from).filter(|from| !has(column) && has(from)).unwrap_or(column).clone()
            };
            columns.iter().map(name).collect()
        };
        ForeignKey {
            columns: named(&self.table, &self.key.columns),
            referenced_columns: named(&self.key.referenced_table, &self.key.referenced_columns),
            ..self.key.clone()
        }
    }

    /// Whether the key is away, while its table is there.
    pub fn is_missing(&self, live: &Schema) -> bool {
        live.table(&self.table).is_some_and(|table| table.foreign_key(&self.key.name).is_none())
    }

    /// Whether the key is there, and it is not known whether the rows satisfy it.
    pub fn has_to_be_proven(&self, live: &Schema) -> bool {
        let is_live = live.table(&self.table).is_some_and(|table| table.foreign_key(&self.key.name).is_some());
        self.unproven && is_live
    }

    /// Returns the keys that are still away or unproven.
    pub fn pending(keys: &[Self], live: &Schema) -> Vec<Self> {
        keys.iter().filter(|key| key.is_missing(live) || key.has_to_be_proven(live)).cloned().collect()
    }

    /// Returns the key in words: `foreign key orders.fk_customer`.
    pub fn object(&self) -> String {
        format!("foreign key {}.{}", self.table, self.key.name)
    }

    /// Whether the tables are such that the key can be there.
    pub fn fits(&self, live: &Schema) -> bool {
        let Some(own) = live.table(&self.table) else { return false };
        // Another database can't be seen.
        let Some(referenced) = live.table(&self.key.referenced_table) else {
            return self.key.referenced_database.is_some();
        };
        can_refer(&self.as_named(live), own, referenced)
    }
}

/// Adds the keys that are away to a declaration, where it says nothing of them.
pub fn declare_keys(keys: &[KeyOnItsWay], declared: &mut DeclaredSchema, live: &Schema) {
    for key in keys.iter().filter(|key| key.is_missing(live)) {
        declare_key(&key.table, &key.key, declared);
    }
}

/// Adds the keys that a plan drops and adds again to the declaration, where it says nothing of them.
pub fn declare_returns(plan: &Plan, declared: &mut DeclaredSchema) {
    for step in plan.steps.iter().filter(|step| step.unit.is_some()) {
        for change in &step.changes {
            if let Change::AddForeignKey(key) = change {
                declare_key(&step.table, key, declared);
            }
        }
    }
}

fn declare_key(table: &Identifier, key: &ForeignKey, declared: &mut DeclaredSchema) {
    if declared.absent_tables.contains(table) {
        return;
    }
    declared.edit_table(table, |own| {
        let is_named = own.foreign_keys.iter().any(|other| other.name.matches(&key.name))
            || own.absent.foreign_keys.iter().any(|absent| absent.matches(&key.name));
        if !is_named {
            own.foreign_keys.push(key.clone());
        }
    });
}

fn comes_back(step: &Step, key: &ForeignKey, steps: &[Step]) -> bool {
    let of_table = steps.iter().filter(|other| other.unit == step.unit && other.table == step.table);
    of_table
        .flat_map(|other| &other.changes)
        .any(|change| matches!(change, Change::AddForeignKey(added) if added.name.matches(&key.name)))
}

impl ReferencedKey {
    /// Returns what a change of the referenced table takes away, if the key may refer to it.
    fn lost(change: &Change, key: &ForeignKey) -> Option<Self> {
        let (index, unique, parts) = match change {
            Change::DropIndex(index) | Change::ReplaceIndex { from: index, .. } => {
                (Some(index.name.clone()), index.kind == IndexKind::Unique, &index.parts)
            }
            Change::DropPrimaryKey(primary) | Change::ReplacePrimaryKey { from: primary, .. } => {
                (None, true, &primary.parts)
            }
            _ => return None,
        };
        let leads = key.referenced_columns.iter().zip(parts).all(|(column, part)| part.is_whole(column));
        (leads && parts.len() >= key.referenced_columns.len()).then(|| Self {
            index,
            unique,
            parts: parts.iter().map(KeyPart::render).collect(),
        })
    }

    /// Adds what the key refers to, as it was, to the declaration of the table.
    pub fn declare(&self, table: &mut DeclaredTable) {
        let Self { index, unique, parts } = self;
        let Ok(parts) = parts.iter().map(|part| KeyPart::parse(part)).collect::<Result<Vec<_>, _>>() else { return };
        match index {
            None => table.primary_key = Some(parts),
            Some(name) => {
                let kind = if *unique { IndexKind::Unique } else { IndexKind::Plain };
                table.indexes.push(DeclaredIndex::of_kind(name.clone(), parts, kind));
            }
        }
    }
}

impl FormerColumn {
    fn new(table: &Identifier, column: &Column) -> Self {
        Self {
            table: table.clone(),
            name: column.name.clone(),
            data_type: column.data_type.to_string(),
            nullable: column.nullable,
            charset: column.charset.clone(),
            collation: column.collation.clone(),
            default: match &column.fill {
                Fill::Default(ColumnDefault::None) => Some(FormerDefault::None),
                Fill::Default(ColumnDefault::Value(value)) => Some(FormerDefault::Value(value.clone())),
                Fill::Default(ColumnDefault::Expression(default)) => {
                    Some(FormerDefault::Expression(default.as_str().to_owned()))
                }
                Fill::AutoIncrement | Fill::Generated(_) => None,
            },
        }
    }

    /// Returns the column as a declaration; `None` where the record can't be understood.
    pub fn declared(&self) -> Option<DeclaredColumn> {
        let Self { table: _, name, data_type, nullable, charset, collation, default } = self;
        let default = match default {
            None => None,
            Some(FormerDefault::None) => Some(ColumnDefault::None),
            Some(FormerDefault::Value(value)) => Some(ColumnDefault::Value(value.clone())),
            Some(FormerDefault::Expression(text)) => Some(ColumnDefault::Expression(Expression::new(text).ok()?)),
        };
        Some(DeclaredColumn {
            data_type: Some(DataType::parse(data_type).ok()?),
            nullable: Some(*nullable),
            charset: charset.clone(),
            collation: collation.clone(),
            default,
            ..DeclaredColumn::named(name.clone())
        })
    }
}
