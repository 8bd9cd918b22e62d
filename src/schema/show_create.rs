//! Reads what `SHOW CREATE TABLE` shows and `information_schema` does not: the parsers and block sizes of indexes, the
//! counter, MariaDB's periods, clauses that the model has no field for, MySQL's true literals of bytes and of TIMESTAMP,
//! and MariaDB's true expressions. There `information_schema` has question marks for characters of four bytes. In
//! comments, members of an ENUM and literal defaults the statement has question marks too.

use super::parentheses::{closing, split_at_commas};
use super::partitioning::clause_start;
use super::shown_table::{ColumnClause, ColumnClauseKind, IndexClauses, clause_text, column_clauses, without_marks};
use super::token::{InvalidSql, Token, TokenKind, tokenize};
use super::{
    Check, Column, ColumnDefault, DataType, Detail, Dialect, Expression, Fill, Generation, Identifier, Index,
    IndexKind, Table, byte_literal, literal_bytes, without_remarks,
};

/// A `CREATE TABLE` statement as a server prints it, as far as it adds to `information_schema`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShowCreate {
    columns: Vec<ShownColumn>,
    /// The options of the primary key that the model has no field for.
    primary_key: String,
    indexes: Vec<ShownIndex>,
    checks: Vec<ShownCheck>,
    auto_increment: Option<u64>,
    has_period: bool,
}

/// A column's expressions and other clauses; empty where it has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct ShownColumn {
    name: String,
    default: String,
    generated: String,
    check: String,
    /// The clauses that the model has no field for.
    other: String,
}

/// A check of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ShownCheck {
    name: String,
    expression: String,
}

/// An index's parser, block size and other options.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct ShownIndex {
    name: String,
    parser: Option<Identifier>,
    key_block_size: Option<u32>,
    other: String,
}

impl ShowCreate {
    /// Reads the statement.
    ///
    /// # Errors
    /// The text has no tokens. No server prints such a text.
    pub fn read(sql: &str) -> Result<Self, InvalidSql> {
        // Partitions are read elsewhere, and MySQL puts them in a comment, whose end a value may hold.
        let sql = &without_marks(clause_start(sql).and_then(|start| sql.get(..start)).unwrap_or(sql));
        let tokens = tokenize(sql)?;
        let mut shown = Self::default();
        let opening = tokens.iter().position(|token| token.is_symbol("(")).unwrap_or(tokens.len());
        let body = Parentheses::opened_by_first(tokens.get(opening..).unwrap_or_default());
        for definition in split_at_commas(body.inside) {
            shown.definition(definition, sql);
        }
        let options = tokens.get(opening + body.inside.len() + 2..).unwrap_or_default();
        shown.auto_increment = after_equals(options, "auto_increment").and_then(|token| token.text.parse().ok());
        Ok(shown)
    }

    fn definition(&mut self, tokens: &[Token<'_>], sql: &str) {
        let Some(first) = tokens.first() else { return };
        let name = tokens.iter().find(|token| token.kind == TokenKind::QuotedIdentifier);
        let name = name.map(Token::value).unwrap_or_default();
        if first.kind == TokenKind::QuotedIdentifier {
            self.columns.push(column(name, tokens, sql));
        } else if first.is_word("period") {
            self.has_period = true;
        } else if first.is_word("constraint") {
            if let Some(check) = clause(tokens, "check", sql) {
                self.checks.push(ShownCheck { name, expression: check.to_owned() });
            }
        } else if ["key", "unique", "fulltext", "spatial"].iter().any(|word| first.is_word(word)) {
            self.indexes.push(index(name, tokens, sql));
        } else if first.is_word("primary") {
            self.primary_key = other_options(tokens, sql);
        }
    }

    /// Completes `table`, which was read from `information_schema`.
    ///
    /// # Errors
    /// What the table has and the operator can't alter, in words.
    pub fn complete(&self, table: &mut Table, dialect: Dialect) -> Result<Detail, &'static str> {
        if self.has_period {
            return Err("it has a period, which is not supported");
        }
        for index in &mut table.indexes {
            if let Some(shown) = self.indexes.iter().find(|shown| shown.name == index.name.as_str()) {
                shown.complete(index);
            }
        }
        if let Some(key) = &mut table.primary_key {
            key.other.clone_from(&self.primary_key);
        }
        if dialect.is_mariadb() {
            self.restore_checks(table)?;
        }
        for column in &mut table.columns {
            if let Some(shown) = self.columns.iter().find(|shown| shown.name == column.name.as_str()) {
                shown.complete(column, dialect);
            }
        }
        // MySQL's `information_schema` has them right.
        let has_true_expressions = !dialect.is_mariadb() || self.restore_expressions(table);
        let counts = table.columns.iter().any(Column::is_auto_increment);
        let auto_increment = counts.then(|| self.auto_increment.unwrap_or(1));
        Ok(Detail { auto_increment, row_format: None, has_true_expressions })
    }

    /// Takes the checks of columns from the statement: `information_schema` has the check of a renamed column under the
    /// former name, which may be another column's by now (tried on MariaDB 10.11 and 11.8).
    fn restore_checks(&self, table: &mut Table) -> Result<(), &'static str> {
        for column in &mut table.columns {
            let Some(shown) = self.columns.iter().find(|shown| shown.name == column.name.as_str()) else { continue };
            let text = without_remarks(&shown.check);
            let is_same = |check: &Expression| lossy(&text) == check.as_str();
            if text.is_empty() {
                column.check = None;
            } else if !column.check.as_ref().is_some_and(is_same) {
                let check = Expression::new(&text).map_err(|_| "the check of a column can't be read")?;
                column.check = Some(check);
            }
        }
        Ok(())
    }

    /// Restores expressions; false where it remains unknown what a question mark was.
    fn restore_expressions(&self, table: &mut Table) -> bool {
        let mut is_true = true;
        let nothing = ShownColumn::default();
        for column in &mut table.columns {
            let shown = self.columns.iter().find(|shown| shown.name == column.name.as_str()).unwrap_or(&nothing);
            is_true &= match &mut column.fill {
                Fill::Default(ColumnDefault::Expression(default)) => restore(default, &shown.default),
                Fill::Generated(Generation { expression, .. }) => restore(expression, &shown.generated),
                Fill::Default(_) | Fill::AutoIncrement => true,
            };
            is_true &= column.check.as_mut().is_none_or(|check| restore(check, &shown.check));
        }
        for Check { name, expression, enforced: _ } in &mut table.checks {
            let shown = self.checks.iter().find(|shown| shown.name == name.as_str());
            is_true &= restore(expression, shown.map_or("", |shown| &shown.expression));
        }
        is_true
    }
}

impl ShownColumn {
    /// Takes over the other clauses, and a literal that MySQL's `information_schema` does not show as it is: it ends
    /// bytes at the first one of zero, and shows a TIMESTAMP as its maker wrote it, in an unknown time zone
    /// (tried on 9.7). MariaDB 10.11 shows bytes that are no text as question marks; 11.8 as digits.
    fn complete(&self, column: &mut Column, dialect: Dialect) {
        column.other.clone_from(&self.other);
        let Fill::Default(ColumnDefault::Value(value)) = &mut column.fill else { return };
        let tokens = tokenize(&self.default).unwrap_or_default();
        let [literal] = tokens.as_slice() else { return };
        let text = literal.value();
        let has_mark = text.contains(['?', char::REPLACEMENT_CHARACTER]);
        let is_shown_whole = !dialect.is_mariadb() || !has_mark || literal.kind != TokenKind::String;
        if column.data_type.is_binary() && is_shown_whole {
            let is_text = literal.kind == TokenKind::String;
            let bytes = if is_text { text.into_bytes() } else { literal_bytes(&text) };
            *value = byte_literal(&bytes);
        } else if matches!(column.data_type, DataType::Timestamp(_)) && literal.kind == TokenKind::String {
            *value = text;
        }
    }
}

impl ShownIndex {
    fn complete(&self, index: &mut Index) {
        index.other.clone_from(&self.other);
        index.key_block_size = self.key_block_size;
        if let IndexKind::Fulltext { parser } = &mut index.kind {
            parser.clone_from(&self.parser);
        }
    }
}

/// Puts the true expression in the place of a lossy one; false where the two are not the same.
fn restore(expression: &mut Expression, shown: &str) -> bool {
    if !expression.as_str().contains('?') {
        return true;
    }
    match Expression::new(shown) {
        Ok(shown) if lossy(shown.as_str()) == expression.as_str() => *expression = shown,
        _ => return false,
    }
    true
}

/// Returns an expression as MariaDB's `information_schema` shows it: with a question mark for each byte of a character
/// that has four (tried on 10.11 and 11.8).
fn lossy(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.len_utf8() > 3 { shown.push_str("????") } else { shown.push(character) }
    }
    shown
}

fn column(name: String, tokens: &[Token<'_>], sql: &str) -> ShownColumn {
    let mut column = ShownColumn { name, ..ShownColumn::default() };
    let mut others = Vec::new();
    for ColumnClause { kind, tokens } in column_clauses(tokens.get(1..).unwrap_or_default()) {
        match kind {
            ColumnClauseKind::Default => column.default = clause_text(tokens.get(1..).unwrap_or_default(), sql),
            ColumnClauseKind::Generated => {
                clause(tokens, "as", sql).unwrap_or_default().clone_into(&mut column.generated);
            }
            ColumnClauseKind::Check => clause(tokens, "check", sql).unwrap_or_default().clone_into(&mut column.check),
            ColumnClauseKind::Other => others.push(clause_text(tokens, sql)),
            ColumnClauseKind::Type
            | ColumnClauseKind::Charset
            | ColumnClauseKind::Collation
            | ColumnClauseKind::Nullability
            | ColumnClauseKind::OnUpdate
            | ColumnClauseKind::AutoIncrement
            | ColumnClauseKind::Comment
            | ColumnClauseKind::Visibility
            | ColumnClauseKind::Srid
            | ColumnClauseKind::Compressed => {}
        }
    }
    column.other = others.join(" ");
    column
}

fn index(name: String, tokens: &[Token<'_>], sql: &str) -> ShownIndex {
    let parser = tokens.iter().position(|token| token.is_word("parser"));
    ShownIndex {
        name,
        parser: parser.and_then(|at| Identifier::new(tokens.get(at + 1)?.value()).ok()),
        key_block_size: after_equals(tokens, "key_block_size").and_then(|token| token.text.parse().ok()),
        other: other_options(tokens, sql),
    }
}

fn other_options(tokens: &[Token<'_>], sql: &str) -> String {
    let clauses = IndexClauses::new(tokens);
    clauses.others().map(|option| clause_text(option, sql)).collect::<Vec<_>>().join(" ")
}

/// Returns the text in the parentheses after a word.
fn clause<'s>(tokens: &[Token<'_>], word: &str, sql: &'s str) -> Option<&'s str> {
    let mut pairs = tokens.windows(2).enumerate();
    let at = pairs.find_map(|(at, pair)| match pair {
        [first, second] if first.is_word(word) && second.is_symbol("(") => Some(at + 1),
        _ => None,
    })?;
    let opening = tokens.get(at)?;
    sql.get(opening.end()..Parentheses::opened_by_first(tokens.get(at..)?).end?)
}

/// Returns the value after `word=`.
fn after_equals<'t, 's>(tokens: &'t [Token<'s>], word: &str) -> Option<&'t Token<'s>> {
    tokens.windows(3).find_map(|option| match option {
        [name, equals, value] if name.is_word(word) && equals.is_symbol("=") => Some(value),
        _ => None,
    })
}

/// The content of a pair of parentheses.
struct Parentheses<'t, 's> {
    inside: &'t [Token<'s>],
    /// Where the closing parenthesis is, in bytes; `None` where there is none.
    end: Option<usize>,
}

impl<'t, 's> Parentheses<'t, 's> {
    /// Takes the parentheses that the first token opens.
    fn opened_by_first(tokens: &'t [Token<'s>]) -> Self {
        let at = closing(tokens);
        let inside = tokens.get(1..at.unwrap_or(tokens.len())).unwrap_or_default();
        Self { inside, end: at.and_then(|at| tokens.get(at)).map(|token| token.offset) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_information_schema_does_not_say() {
        let shown = ShowCreate::read(
            "CREATE TABLE `t` (\n  `id` int NOT NULL AUTO_INCREMENT,\n  `e` enum('a','😀,)') CHARACTER SET utf8mb4 \
             DEFAULT '😀,)' COMMENT 'it''s (😀' CHECK (`e` <> '😀'),\n  `u` uuid DEFAULT uuid() INVISIBLE COMMENT 'x',\n  \
             `at` datetime(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3),\n  \
             `g` varchar(9) GENERATED ALWAYS AS (concat(`e`,'😀')) VIRTUAL,\n  PRIMARY KEY (`id`),\n  \
             KEY `k` (`u`,`e`) KEY_BLOCK_SIZE=4 COMMENT '😀',\n  \
             FULLTEXT KEY `f` (`e`) COMMENT 'y' /*!50100 WITH PARSER `ngram` */,\n  \
             CONSTRAINT `c` CHECK (`id` > 0)\n) ENGINE=InnoDB AUTO_INCREMENT=100 COMMENT='the 😀'",
        )
        .unwrap();
        let [_, member, uuid, at, generated] = shown.columns.as_slice() else { panic!("{shown:?}") };
        assert_eq!((member.default.as_str(), member.check.as_str()), ("'😀,)'", "`e` <> '😀'"));
        assert_eq!(uuid.default, "uuid()");
        assert_eq!(at.default, "current_timestamp(3)");
        assert_eq!(generated.generated, "concat(`e`,'😀')");
        let [plain, fulltext] = shown.indexes.as_slice() else { panic!("{shown:?}") };
        assert_eq!(plain.key_block_size, Some(4));
        assert_eq!(fulltext.parser.as_ref().map(Identifier::as_str), Some("ngram"));
        assert_eq!(shown.checks, [ShownCheck { name: "c".to_owned(), expression: "`id` > 0".to_owned() }]);
        assert_eq!(shown.auto_increment, Some(100));
        assert!(!shown.has_period);
        assert!(ShowCreate::read("CREATE TABLE `t` (`s` date, PERIOD FOR `p` (`s`, `e`))").unwrap().has_period);
    }

    #[test]
    fn checks_of_columns_are_those_that_are_shown() {
        let mariadb = Dialect { flavor: crate::schema::Flavor::MariaDb, version: (11, 8, 9), clustered: false };
        let shown =
            ShowCreate::read("CREATE TABLE `t` (\n  `b` int CHECK (`b` > 0),\n  `a` int\n) ENGINE=InnoDB").unwrap();
        let columns = ["b", "a"].map(|name| {
            let column = Column::new(Identifier::new(name).unwrap(), crate::schema::DataType::parse("int").unwrap());
            // As it is after `a` was renamed to `b`, and another `a` was added.
            Column { check: (name == "a").then(|| Expression::new("`b` > 0").unwrap()), ..column }
        });
        let mut table = table(columns.to_vec());
        shown.complete(&mut table, mariadb).unwrap();
        let checks: Vec<Option<String>> =
            table.columns.iter().map(|column| column.check.as_ref().map(ToString::to_string)).collect();
        assert_eq!(checks, [Some("`b` > 0".to_owned()), None]);
        let of_time =
            r"CREATE TABLE `t` (`b` int CHECK (`b` <> TIMESTAMP/*WITH LOCAL TIME ZONE*/'2000-01-01 00:00:00'))";
        ShowCreate::read(of_time).unwrap().complete(&mut table, mariadb).unwrap();
        let check = table.columns[0].check.as_ref().map(ToString::to_string);
        assert_eq!(check.as_deref(), Some("`b` <> TIMESTAMP'2000-01-01 00:00:00'"));
        let strange = ShowCreate::read("CREATE TABLE `t` (`b` int CHECK (`b` > /* 1 */ 0))").unwrap();
        assert!(strange.complete(&mut table, mariadb).is_err(), "no check is lost for not being understood");
    }

    fn table(columns: Vec<Column>) -> Table {
        Table {
            name: Identifier::new("t").unwrap(),
            columns,
            primary_key: None,
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            options: crate::schema::TableOptions::default(),
            partitioning: None,
        }
    }

    #[test]
    fn an_expression_is_restored_only_where_it_is_the_same() {
        let restored = |text: &str, shown: &str| {
            let mut expression = Expression::new(text).unwrap();
            restore(&mut expression, shown).then(|| expression.to_string())
        };
        assert_eq!(restored("concat(a,'????')", "concat(a,'😀')").as_deref(), Some("concat(a,'😀')"));
        assert_eq!(restored("a <> 'why?'", "a <> 'why?'").as_deref(), Some("a <> 'why?'"));
        assert_eq!(restored("concat(a,'????')", "concat(b,'😀')"), None);
        assert_eq!(restored("a > 0", "").as_deref(), Some("a > 0"));
    }
}
