//! Writes a column's definition.

use super::super::literal::{bare, quote_literal};
use super::super::token::{TokenKind, tokenize};
use super::super::{Column, ColumnDefault, DataType, Dialect, Expression, Fill, Generation, LobSize, Storage};

impl Column {
    /// Writes the column's definition from its quoted name on, for `CREATE TABLE`, `ADD COLUMN` and `MODIFY COLUMN`.
    ///
    /// Every attribute is written. The order is one that both servers take: what belongs to the type comes first
    /// (MariaDB counts `REF_SYSTEM_ID` and `COMPRESSED` to it), then the expression of a generated column, then the
    /// rest.
    #[must_use]
    pub fn definition(&self, dialect: Dialect) -> String {
        let Self {
            name,
            data_type,
            nullable,
            fill,
            on_update_now,
            charset,
            collation,
            comment,
            visible,
            srid,
            compressed,
            check,
            other,
        } = self;
        let is_json = self.is_json(dialect);
        // Always written: a `TIMESTAMP` without it is NOT NULL where `explicit_defaults_for_timestamp` is off.
        let nullability = if *nullable { "NULL" } else { "NOT NULL" }.to_owned();
        let mut words = vec![name.quoted()];
        if is_json {
            words.push("json".to_owned());
        } else {
            words.push(data_type.render());
            if dialect.is_mariadb() {
                words.extend(srid.map(|srid| format!("REF_SYSTEM_ID={srid}")));
                words.extend(compressed.then(|| "COMPRESSED".to_owned()));
            }
            if data_type.is_character() {
                words.extend(charset.as_ref().map(|charset| format!("CHARACTER SET {}", bare(charset))));
                words.extend(collation.as_ref().map(|collation| format!("COLLATE {}", bare(collation))));
            }
        }
        match fill {
            Fill::Generated(generated) => {
                words.push(generated_clause(generated));
                // MariaDB has no nullability for generated columns (its manual, "Generated Columns").
                if !dialect.is_mariadb() {
                    words.push(nullability);
                }
            }
            Fill::AutoIncrement => words.extend([nullability, "AUTO_INCREMENT".to_owned()]),
            Fill::Default(default) => {
                words.push(nullability);
                words.extend(default.sql(data_type).map(|value| format!("DEFAULT {value}")));
            }
        }
        if *on_update_now {
            words.push(format!("ON UPDATE {}", current_timestamp(data_type.fsp().unwrap_or(0))));
        }
        if !visible {
            words.push("INVISIBLE".to_owned());
        }
        if !comment.is_empty() {
            words.push(format!("COMMENT {}", quote_literal(comment)));
        }
        if let Some(srid) = srid.filter(|_| !dialect.is_mariadb()) {
            words.push(format!("SRID {srid}"));
        }
        if !other.is_empty() {
            words.push(other.clone());
        }
        if let Some(check) = check.as_ref().filter(|_| !is_json) {
            words.push(format!("CHECK ({check})"));
        }
        words.join(" ")
    }

    /// Returns whether it is what MariaDB makes of `JSON`: a text with a check. It has to be written as `json`, since
    /// the text is another type to the server, which refuses a change of it as INSTANT (1846, tried on 10.11 and 11.8).
    fn is_json(&self, dialect: Dialect) -> bool {
        let is_text = self.data_type == DataType::Text(LobSize::Long);
        let is_binary_collation = self.collation.as_deref() == Some("utf8mb4_bin");
        dialect.is_mariadb() && is_text && is_binary_collation && !self.compressed && self.is_checked_as_json()
    }
}

impl ColumnDefault {
    /// Writes what follows `DEFAULT` for a column of this type; `None` where there is no default.
    ///
    /// `CURRENT_TIMESTAMP` needs no parentheses where it has the column's own number of fractional digits; any other
    /// expression does, also `now()`. A literal is quoted, except for bits (`b'101'`, `5`) and for the bytes (`0x4D`, `x'4D'`) of
    /// `BINARY` and `VARBINARY`, which would be read as text.
    #[must_use]
    pub fn sql(&self, data_type: &DataType) -> Option<String> {
        match self {
            Self::None => None,
            Self::Value(value) if is_bare_literal(value, data_type) => Some(value.clone()),
            Self::Value(value) => Some(quote_literal(value)),
            Self::Expression(expression) => {
                let fsp = expression.current_timestamp_fsp();
                let is_word = expression.is_current_timestamp_word();
                let alone = is_word && data_type.is_temporal_with_now() && fsp == data_type.fsp();
                Some(match fsp {
                    Some(fsp) if alone => current_timestamp(fsp),
                    _ => format!("({expression})"),
                })
            }
        }
    }
}

/// Returns whether a literal of this type has to be written without quotes.
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
    Expression::current_timestamp(fsp).to_string()
}

fn generated_clause(generated: &Generation) -> String {
    let storage = match generated.storage {
        Storage::Virtual => "VIRTUAL",
        Storage::Stored => "STORED",
    };
    format!("GENERATED ALWAYS AS ({}) {storage}", generated.expression)
}
