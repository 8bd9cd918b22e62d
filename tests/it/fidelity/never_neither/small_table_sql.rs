//! The SQL of the tables of a small schema.

use schema_operator::schema::Dialect;

use super::kinds::{KINDS, POINT};
use super::small_schema::{ACTIONS, OPTIONS, SmallColumn, SmallKey, SmallTable};

impl SmallTable {
    /// Returns the definition without foreign keys. `numbered` adds a column that no declaration names: it tells rows
    /// apart.
    pub fn statement(&self, numbered: bool, dialect: Dialect) -> String {
        let names = |ids: &[usize]| {
            let names: Vec<&str> =
                ids.iter().filter_map(|id| self.column(*id)).map(|column| column.name.as_str()).collect();
            names.join(", ")
        };
        let mut parts: Vec<String> =
            self.columns.iter().map(|column| self.column_sql(column, numbered, dialect)).collect();
        if numbered {
            parts.push("row_number_ int".to_owned());
        }
        if !self.primary_key.is_empty() {
            parts.push(format!("PRIMARY KEY ({})", names(&self.primary_key)));
        }
        for index in &self.indexes {
            let unique = if index.unique { "UNIQUE " } else { "" };
            parts.push(format!("{unique}INDEX {} ({})", index.name, names(&index.columns)));
        }
        for check in &self.checks {
            let Some(column) = self.column(check.column) else { continue };
            let rest = KINDS[column.kind].checks[check.version];
            parts.push(format!("CONSTRAINT {} CHECK ({} {rest})", check.name, column.name));
        }
        let id = self.column(0).map_or("id", |column| column.name.as_str());
        let ranges = self.ranges.map_or(String::new(), |ranges| {
            let parts =
                ["p0 < 3, p1 < 1000000", "p0 < 3, p1 < 5", "p1 < 1000000", "p0 < 3, p1 < 1000000, p2 < 2000000"];
            let parts = parts[ranges].split(", ").filter_map(|part| part.split_once(" < "));
            let parts: Vec<String> =
                parts.map(|(name, end)| format!("PARTITION {name} VALUES LESS THAN ({end})")).collect();
            format!("\nPARTITION BY RANGE ({id}) ({})", parts.join(", "))
        });
        let attribute = self.attribute.map_or("", |number| table_attribute(number, dialect));
        format!(
            "CREATE TABLE {} (\n  {}\n) ENGINE=InnoDB{}{attribute}{ranges}",
            self.name,
            parts.join(",\n  "),
            OPTIONS[self.options]
        )
    }

    fn column_sql(&self, column: &SmallColumn, numbered: bool, dialect: Dialect) -> String {
        // MariaDB 10.11 shows bytes that are no text as question marks, so an export can't say them.
        let is_said =
            |default: &str| !default.is_empty() && (numbered || !dialect.is_mariadb() || !default.starts_with("0x"));
        let kind = &KINDS[column.kind];
        let mut sql = format!("{} {}", column.name, kind.sql);
        let attribute = column.attribute.map_or("", |number| column_attribute(number, column.kind, dialect));
        if attribute.starts_with(" REF_SYSTEM_ID") {
            sql += attribute;
        }
        sql += if column.nullable { " NULL" } else { " NOT NULL" };
        if column.id == 0 && self.auto_increment {
            sql += " AUTO_INCREMENT";
        } else if let Some(default) = kind.defaults.get(column.default).filter(|default| is_said(default)) {
            sql += &format!(" DEFAULT {default}");
        }
        if column.commented {
            sql += " COMMENT 'said'";
        }
        if !attribute.starts_with(" REF_SYSTEM_ID") {
            sql += attribute;
        }
        sql
    }

    /// Returns the statements that add its foreign keys.
    pub fn key_statements(&self, all: &[Self]) -> Vec<String> {
        let statement = |key: &SmallKey| {
            let parent = all.iter().find(|table| table.id == key.parent)?;
            let list = |table: &Self, ids: &[usize]| -> Option<String> {
                let names: Option<Vec<&str>> =
                    ids.iter().map(|id| table.column(*id).map(|column| column.name.as_str())).collect();
                Some(names?.join(", "))
            };
            Some(format!(
                "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}){}",
                self.name,
                key.name,
                list(self, &key.columns)?,
                parent.name,
                list(parent, &key.parent_columns)?,
                ACTIONS[key.on_delete]
            ))
        };
        self.keys.iter().filter_map(statement).collect()
    }
}

/// Returns an attribute that a person gave a column by hand.
fn column_attribute(number: usize, kind: usize, dialect: Dialect) -> &'static str {
    match (dialect.is_mariadb(), kind) {
        (true, POINT) => " REF_SYSTEM_ID=101",
        (true, _) => " `hand`='made'",
        (false, _) => {
            let all = [
                " COLUMN_FORMAT FIXED",
                " STORAGE MEMORY",
                " SECONDARY_ENGINE_ATTRIBUTE '{\"k\": 1}'",
                " NOT SECONDARY",
            ];
            all[number % all.len()]
        }
    }
}

/// Returns an option that a person gave a table by hand.
fn table_attribute(number: usize, dialect: Dialect) -> &'static str {
    let all = if dialect.is_mariadb() {
        [" CHECKSUM=1", " MIN_ROWS=3", " `hand`='made'", " PACK_KEYS=1", " AVG_ROW_LENGTH=7", " TRANSACTIONAL=1"]
    } else {
        [" CHECKSUM=1", " MIN_ROWS=3", " AUTOEXTEND_SIZE=4M", " PACK_KEYS=1", " AVG_ROW_LENGTH=7", " DELAY_KEY_WRITE=1"]
    };
    all[number % all.len()]
}
