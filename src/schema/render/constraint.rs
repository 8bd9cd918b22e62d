//! Writes definitions of keys, indexes, foreign keys and checks.

use super::super::identifier::quoted_list;
use super::super::{
    Check, Dialect, ForeignKey, Index, IndexAlgorithm, IndexKind, KeyPart, PrimaryKey, ReferentialAction, quote_literal,
};

impl PrimaryKey {
    /// Writes `PRIMARY KEY (...)`, for `CREATE TABLE` and `ADD`.
    #[must_use]
    pub fn definition(&self, _dialect: Dialect) -> String {
        let Self { parts, algorithm, comment, other } = self;
        let mut words = vec![format!("PRIMARY KEY ({})", self::parts(parts))];
        words.extend(using(*algorithm));
        words.extend(self::comment(comment));
        words.extend(self::other(other));
        words.join(" ")
    }
}

impl Index {
    /// Writes `UNIQUE INDEX ...`, for `CREATE TABLE` and `ADD`.
    #[must_use]
    pub fn definition(&self, dialect: Dialect) -> String {
        let Self { name, kind, parts, algorithm, comment, visible, key_block_size, other } = self;
        let words = match kind {
            IndexKind::Plain => "INDEX",
            IndexKind::Unique => "UNIQUE INDEX",
            IndexKind::Fulltext { .. } => "FULLTEXT INDEX",
            IndexKind::Spatial => "SPATIAL INDEX",
        };
        let mut words = vec![format!("{words} {} ({})", name.quoted(), self::parts(parts))];
        match kind {
            IndexKind::Fulltext { parser } => {
                words.extend(parser.as_ref().map(|parser| format!("WITH PARSER {}", parser.quoted())));
            }
            // The grammar has no algorithm for spatial indexes either.
            IndexKind::Spatial => {}
            IndexKind::Plain | IndexKind::Unique => words.extend(using(*algorithm)),
        }
        words.extend(key_block_size.map(|size| format!("KEY_BLOCK_SIZE={size}")));
        words.extend(self::comment(comment));
        words.extend(self::other(other));
        if !visible {
            // Since MySQL 8.0 and MariaDB 10.6.
            words.push(if dialect.is_mariadb() { "IGNORED" } else { "INVISIBLE" }.to_owned());
        }
        words.join(" ")
    }
}

impl ForeignKey {
    /// Writes `CONSTRAINT ... FOREIGN KEY ...`, for `CREATE TABLE` and `ADD`.
    ///
    /// `RESTRICT` is what a key without an action does, and is left out.
    #[must_use]
    pub fn definition(&self, _dialect: Dialect) -> String {
        let Self { name, columns, referenced_database, referenced_table, referenced_columns, on_delete, on_update } =
            self;
        let mut referenced = referenced_table.quoted();
        if let Some(database) = referenced_database {
            referenced = format!("{}.{referenced}", database.quoted());
        }
        let mut words = vec![format!(
            "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {referenced} ({})",
            name.quoted(),
            quoted_list(columns),
            quoted_list(referenced_columns)
        )];
        words.extend(action(*on_delete).map(|action| format!("ON DELETE {action}")));
        words.extend(action(*on_update).map(|action| format!("ON UPDATE {action}")));
        words.join(" ")
    }
}

impl Check {
    /// Writes `CONSTRAINT ... CHECK (...)`, for `CREATE TABLE` and `ADD`.
    #[must_use]
    pub fn definition(&self, dialect: Dialect) -> String {
        let Self { name, expression, enforced } = self;
        let check = format!("CONSTRAINT {} CHECK ({expression})", name.quoted());
        if *enforced || dialect.is_mariadb() { check } else { format!("{check} NOT ENFORCED") }
    }
}

fn parts(parts: &[KeyPart]) -> String {
    let rendered: Vec<String> = parts.iter().map(KeyPart::render).collect();
    rendered.join(", ")
}

fn using(algorithm: Option<IndexAlgorithm>) -> Option<String> {
    Some(match algorithm? {
        IndexAlgorithm::BTree => "USING BTREE".to_owned(),
        IndexAlgorithm::Hash => "USING HASH".to_owned(),
    })
}

fn other(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn comment(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| format!("COMMENT {}", quote_literal(text)))
}

fn action(action: ReferentialAction) -> Option<&'static str> {
    match action {
        ReferentialAction::Restrict => None,
        ReferentialAction::Cascade => Some("CASCADE"),
        ReferentialAction::SetNull => Some("SET NULL"),
        ReferentialAction::SetDefault => Some("SET DEFAULT"),
    }
}
