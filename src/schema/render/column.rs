//! A column's definition.

use super::super::token::{TokenKind, tokenize};
use super::super::{Column, ColumnDefault, DataType, Dialect, Expression, Fill, Generated, Storage, quote_literal};

impl Column {
    /// The column's definition from its quoted name on, as it stands in `CREATE TABLE`, `ADD COLUMN` and
    /// `MODIFY COLUMN`.
    ///
    /// Every attribute is stated. The order is one that both servers take: what belongs to the type comes first
    /// (MariaDB counts `REF_SYSTEM_ID` and `COMPRESSED` to it), then the expression of a generated column, then the
    /// rest.
    #[must_use]
    pub fn definition(&self, dialect: Dialect) -> String {
        let is_json = self.is_json(dialect);
        let mut words = vec![self.name.quoted()];
        if is_json {
            words.push("json".to_owned());
        } else {
            words.push(self.data_type.render());
            self.write_storage(&mut words, dialect);
        }
        match &self.fill {
            Fill::Generated(generated) => {
                words.push(generated_clause(generated));
                // MariaDB has no nullability for generated columns (its manual, "Generated Columns").
                if !dialect.is_mariadb() {
                    words.push(self.nullability().to_owned());
                }
            }
            Fill::AutoIncrement => words.extend([self.nullability().to_owned(), "AUTO_INCREMENT".to_owned()]),
            Fill::Default(default) => {
                words.push(self.nullability().to_owned());
                words.extend(default.sql(&self.data_type).map(|value| format!("DEFAULT {value}")));
            }
        }
        if self.on_update_now {
            words.push(format!("ON UPDATE {}", current_timestamp(self.data_type.fsp().unwrap_or(0))));
        }
        if !self.visible {
            words.push("INVISIBLE".to_owned());
        }
        if !self.comment.is_empty() {
            words.push(format!("COMMENT {}", quote_literal(&self.comment)));
        }
        if let Some(srid) = self.srid.filter(|_| !dialect.is_mariadb()) {
            words.push(format!("SRID {srid}"));
        }
        if let Some(check) = self.check.as_ref().filter(|_| !is_json) {
            words.push(format!("CHECK ({check})"));
        }
        words.join(" ")
    }

    /// Whether it is what MariaDB makes of `JSON`: a text with a check. Written as such, it would be another type to the
    /// server, which takes no change of it for INSTANT then (1846, tried on 10.11 and 11.8).
    fn is_json(&self, dialect: Dialect) -> bool {
        let is_text = self.data_type.render() == "longtext" && self.collation.as_deref() == Some("utf8mb4_bin");
        let is_checked = |check: &Expression| {
            Expression::new(&format!("json_valid({})", self.name.quoted())).is_ok_and(|json| json == *check)
        };
        dialect.is_mariadb() && is_text && !self.compressed && self.check.as_ref().is_some_and(is_checked)
    }

    /// What says how values are stored: character set, collation, and on MariaDB what MySQL keeps elsewhere.
    fn write_storage(&self, words: &mut Vec<String>, dialect: Dialect) {
        if dialect.is_mariadb() {
            words.extend(self.srid.map(|srid| format!("REF_SYSTEM_ID={srid}")));
            words.extend(self.compressed.then(|| "COMPRESSED".to_owned()));
        }
        if self.data_type.is_character() {
            words.extend(self.charset.as_ref().map(|charset| format!("CHARACTER SET {}", bare(charset))));
            words.extend(self.collation.as_ref().map(|collation| format!("COLLATE {}", bare(collation))));
        }
    }

    /// Always stated: a `TIMESTAMP` without it is NOT NULL where `explicit_defaults_for_timestamp` is off.
    fn nullability(&self) -> &'static str {
        if self.nullable { "NULL" } else { "NOT NULL" }
    }
}

impl ColumnDefault {
    /// What stands behind `DEFAULT` for a column of this type; `None` where nothing is to be written.
    ///
    /// `CURRENT_TIMESTAMP` stands alone where the column can take it so, which is with its own number of fractional
    /// digits; any other expression stands in parentheses. A literal is quoted, save for bits (`b'101'`, `5`) and for
    /// the bytes (`0x4D`, `x'4D'`) of `BINARY` and `VARBINARY`, which would be read as text.
    #[must_use]
    pub fn sql(&self, data_type: &DataType) -> Option<String> {
        match self {
            Self::None => None,
            Self::Value(value) if is_bare_literal(value, data_type) => Some(value.clone()),
            Self::Value(value) => Some(quote_literal(value)),
            Self::Expression(expression) => {
                let fsp = expression.current_timestamp_fsp();
                let alone = data_type.is_temporal_with_now() && fsp.is_some() && fsp == data_type.fsp();
                Some(match fsp {
                    Some(fsp) if alone => current_timestamp(fsp),
                    _ => format!("({expression})"),
                })
            }
        }
    }
}

/// Whether a literal of this type has to stand in SQL as it is.
fn is_bare_literal(value: &str, data_type: &DataType) -> bool {
    let Ok(tokens) = tokenize(value) else { return false };
    let [token] = tokens.as_slice() else { return false };
    // White space around it would make it text again.
    let whole = token.text == value;
    let digits = value.chars().all(|c| c.is_ascii_digit());
    whole
        && match token.kind {
            TokenKind::Bits => data_type.is_bit(),
            TokenKind::Number => data_type.is_bit() && digits,
            TokenKind::Hexadecimal => data_type.is_bit() || data_type.is_binary(),
            _ => false,
        }
}

fn current_timestamp(fsp: u8) -> String {
    super::super::Expression::current_timestamp(fsp).to_string()
}

fn generated_clause(generated: &Generated) -> String {
    let storage = match generated.storage {
        Storage::Virtual => "VIRTUAL",
        Storage::Stored => "STORED",
    };
    format!("GENERATED ALWAYS AS ({}) {storage}", generated.expression)
}

/// The name of a character set, collation or engine: a plain word; anything else is quoted, and refused by the server
/// as an unknown name rather than read as SQL.
pub fn bare(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { quote_literal(name) }
}
