//! Definitions of keys, indexes, foreign keys and checks.

use super::super::{
    Check, Dialect, ForeignKey, Index, IndexAlgorithm, IndexKind, KeyPart, PrimaryKey, ReferentialAction, quote_literal,
};
use super::names;

impl PrimaryKey {
    /// `PRIMARY KEY (...)`, as it stands in `CREATE TABLE` and behind `ADD`.
    #[must_use]
    pub fn definition(&self, _dialect: Dialect) -> String {
        let mut words = vec![format!("PRIMARY KEY ({})", parts(&self.parts))];
        words.extend(comment(&self.comment));
        words.join(" ")
    }
}

impl Index {
    /// `UNIQUE INDEX ...`, as it stands in `CREATE TABLE` and behind `ADD`.
    #[must_use]
    pub fn definition(&self, dialect: Dialect) -> String {
        let kind = match self.kind {
            IndexKind::Plain => "INDEX",
            IndexKind::Unique => "UNIQUE INDEX",
            IndexKind::Fulltext { .. } => "FULLTEXT INDEX",
            IndexKind::Spatial => "SPATIAL INDEX",
        };
        let mut words = vec![format!("{kind} {} ({})", self.name.quoted(), parts(&self.parts))];
        match (&self.kind, self.algorithm) {
            (IndexKind::Fulltext { parser }, _) => {
                words.extend(parser.as_ref().map(|parser| format!("WITH PARSER {}", parser.quoted())));
            }
            // The grammar has no algorithm for spatial indexes either.
            (IndexKind::Spatial, _) | (_, None) => {}
            (_, Some(IndexAlgorithm::BTree)) => words.push("USING BTREE".to_owned()),
            (_, Some(IndexAlgorithm::Hash)) => words.push("USING HASH".to_owned()),
        }
        words.extend(self.key_block_size.map(|size| format!("KEY_BLOCK_SIZE={size}")));
        words.extend(comment(&self.comment));
        if !self.visible {
            // Since MySQL 8.0 and MariaDB 10.6.
            words.push(if dialect.is_mariadb() { "IGNORED" } else { "INVISIBLE" }.to_owned());
        }
        words.join(" ")
    }
}

impl ForeignKey {
    /// `CONSTRAINT ... FOREIGN KEY ...`, as it stands in `CREATE TABLE` and behind `ADD`.
    ///
    /// `RESTRICT` is what a key without an action does, and is left out.
    #[must_use]
    pub fn definition(&self, _dialect: Dialect) -> String {
        let mut referenced = self.referenced_table.quoted();
        if let Some(database) = &self.referenced_database {
            referenced = format!("{}.{referenced}", database.quoted());
        }
        let mut words = vec![format!(
            "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {referenced} ({})",
            self.name.quoted(),
            names(&self.columns),
            names(&self.referenced_columns)
        )];
        words.extend(action(self.on_delete).map(|action| format!("ON DELETE {action}")));
        words.extend(action(self.on_update).map(|action| format!("ON UPDATE {action}")));
        words.join(" ")
    }
}

impl Check {
    /// `CONSTRAINT ... CHECK (...)`, as it stands in `CREATE TABLE` and behind `ADD`.
    #[must_use]
    pub fn definition(&self, dialect: Dialect) -> String {
        let check = format!("CONSTRAINT {} CHECK ({})", self.name.quoted(), self.expression);
        if self.enforced || dialect.is_mariadb() { check } else { format!("{check} NOT ENFORCED") }
    }
}

fn parts(parts: &[KeyPart]) -> String {
    let rendered: Vec<String> = parts.iter().map(KeyPart::render).collect();
    rendered.join(", ")
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
