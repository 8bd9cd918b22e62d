//! Values that do not fit a column's new definition.

use super::default_literal::bare_word;
use super::dependents::ask_for_dependents;
use super::generated::ask_for_misfits_of_generated;
use super::question::RowProblem;
use super::reference::ask_for_violations;
use super::step_questions::StepQuestions;
use crate::plan::change::{Change, TypeChange, type_change};
use crate::schema::{Column, DataType, Dialect, IntegerBounds, Sign, quote_literal};

/// The last second of a TIMESTAMP, in UTC: 32 bits, signed; unsigned since MariaDB 11.5 on 64-bit machines (both
/// manuals).
const TIMESTAMP_END: &str = "2038-01-19 03:14:08";
const TIMESTAMP_END_MARIADB_11_5: &str = "2106-02-07 06:28:16";

/// Asks for values that would make the server refuse the new definition.
pub fn ask_for_misfits(questions: &mut StepQuestions<'_>, change: &Change, from: &Column, to: &Column) {
    if let Some(generated) = to.generated() {
        let is_same = from.fill == to.fill && from.data_type == to.data_type && from.nullable == to.nullable;
        if !is_same {
            ask_for_misfits_of_generated(questions, change, to, generated);
        }
        return;
    }
    ask_for_dependents(questions, change, from, to);
    let Some(live) = questions.future.live(&from.name).map(|live| live.name.quoted()) else { return };
    // Of a column that will count up, MySQL numbers the rows with NULL, and MariaDB writes 0 into each.
    if from.nullable && !to.nullable {
        questions.ask_where(change, RowProblem::Null, &format!("{live} IS NULL"));
    }
    match misfits(&live, from, to, questions.step.dialect) {
        Misfits::None => {}
        Misfits::Where { problem, condition } => questions.ask_where(change, problem, &condition),
        Misfits::Unknown => {
            let table = &questions.step.table;
            questions.leave_open(format!("whether each value of {table}.{} becomes {}", from.name, to.data_type));
        }
    }
    // MariaDB's JSON is a text with a check (4025, tried on 10.11 and 11.8).
    let is_json = |column: &Column| matches!(column.data_type, DataType::Json);
    if questions.step.dialect.is_mariadb() && is_json(to) && !is_json(from) && from.data_type.is_character() {
        questions.ask_where(change, RowProblem::NotJson, &format!("NOT JSON_VALID({live})"));
    }
    if let Some(condition) = outgrown(&live, from, to) {
        questions.ask_where(change, RowProblem::TooLong, &condition);
    }
    if let Some(srid) = to.srid.filter(|srid| from.srid != Some(*srid)) {
        // 3643 on MySQL 9.7.
        questions.ask_where(change, RowProblem::OtherSrid, &format!("ST_SRID({live}) <> {srid}"));
    }
    if let Some(condition) = inconvertible(&live, from, to) {
        questions.ask_where(change, RowProblem::NotConvertible, &condition);
    }
    if let Some(check) = to.check.as_ref().filter(|check| from.check.as_ref() != Some(check)) {
        ask_for_violations(questions, change, check);
    }
}

/// The values that a type does not take.
enum Misfits {
    None,
    Where {
        problem: RowProblem,
        condition: String,
    },
    /// Only the change itself shows them.
    Unknown,
}

impl Misfits {
    fn found(problem: RowProblem, condition: String) -> Self {
        Self::Where { problem, condition }
    }
}

/// Returns the values of `column` that strict mode would refuse. Rounding is no failure to it.
fn misfits(column: &str, from: &Column, to: &Column, dialect: Dialect) -> Misfits {
    use DataType as T;
    if !matches!(type_change(from, to, dialect), TypeChange::Narrower | TypeChange::Family) {
        return Misfits::None;
    }
    let (old, new) = (from.data_type.canonical(dialect), to.data_type.canonical(dialect));
    let text = old.is_character();
    let number = matches!(old, T::Integer { .. } | T::Decimal { .. } | T::Float { .. } | T::Double { .. });
    match (&old, &new) {
        (T::Enum(_) | T::Set(_), T::Set(members)) => not_in_set(column, &old, members.as_slice(), to),
        // The empty value of a failed INSERT has the number 0 in each enum.
        (T::Enum(_), T::Enum(members)) => {
            let members: Vec<String> = members.as_slice().iter().map(|member| quote_literal(member)).collect();
            let condition = format!("{column} + 0 <> 0 AND {column} NOT IN ({})", members.join(", "));
            Misfits::found(RowProblem::NotAMember, condition)
        }
        (T::Char(_) | T::Varchar(_) | T::Text(_), T::Enum(members)) => {
            let members: Vec<String> = members.as_slice().iter().map(|member| quote_literal(member)).collect();
            Misfits::found(RowProblem::NotAMember, format!("{column} NOT IN ({})", members.join(", ")))
        }
        (_, T::Char(length)) if text || number => too_many_characters(column, length.get()),
        (_, T::Varchar(length)) if text || number => too_many_characters(column, length.get()),
        (_, T::Text(size)) if text => {
            let charset = to.charset.as_deref().map_or_else(|| "utf8mb4".to_owned(), bare_word);
            let condition = format!("LENGTH(CONVERT({column} USING {charset})) > {}", size.max_bytes());
            Misfits::found(RowProblem::TooLong, condition)
        }
        (T::Binary(_) | T::Varbinary(_) | T::Blob(_), T::Varbinary(length)) => {
            too_many_bytes(column, length.get().into())
        }
        (T::Binary(_) | T::Varbinary(_) | T::Blob(_), T::Binary(length)) => too_many_bytes(column, length.get().into()),
        (T::Binary(_) | T::Varbinary(_) | T::Blob(_), T::Blob(size)) => too_many_bytes(column, size.max_bytes()),
        (_, T::Integer { width, sign, .. }) if number => {
            let IntegerBounds { least, most } = width.bounds(*sign);
            let value = format!("ROUND({column})");
            Misfits::found(RowProblem::OutOfRange, format!("({value} < {least} OR {value} > {most})"))
        }
        (_, T::Decimal { digits, sign }) if number => {
            let value = format!("ROUND({column}, {})", digits.scale());
            let most = format!("1{}", "0".repeat(usize::from(digits.precision() - digits.scale())));
            let negative = if *sign == Sign::Signed { String::new() } else { format!(" OR {value} < 0") };
            Misfits::found(RowProblem::OutOfRange, format!("(ABS({value}) >= {most}{negative})"))
        }
        (T::Bit(_), T::Bit(length)) => {
            Misfits::found(RowProblem::OutOfRange, format!("{column} + 0 > {}", u64::MAX >> (64 - length.get())))
        }
        (T::DateTime(_), T::Timestamp(_)) => {
            let end = if dialect.is_mariadb() && dialect.at_least(11, 5, 0) {
                TIMESTAMP_END_MARIADB_11_5
            } else {
                TIMESTAMP_END
            };
            // A TIMESTAMP has no day of 0, nor one that its month lacks (1292).
            let no_day = format!(
                "MONTH({column}) = 0 OR DAYOFMONTH({column}) = 0 OR DAYOFMONTH({column}) > DAYOFMONTH(LAST_DAY({column}))"
            );
            let outside = format!("({column} < '1970-01-01 00:00:01' OR {column} >= '{end}' OR {no_day})");
            Misfits::found(RowProblem::OutOfRange, format!("{column} <> '0000-00-00 00:00:00' AND {outside}"))
        }
        (_, T::Json) if text => Misfits::found(RowProblem::NotJson, format!("NOT JSON_VALID({column})")),
        // Only the fraction of a second, or the time of day, is lost: the server does not warn.
        (T::DateTime(_) | T::Timestamp(_) | T::Date, T::DateTime(_) | T::Date)
        | (T::Time(_), T::Time(_))
        | (T::Timestamp(_), T::Timestamp(_)) => Misfits::None,
        // A float takes every double but the largest.
        (T::Float { .. } | T::Double { .. }, T::Float { digits: None, .. } | T::Double { digits: None, .. }) => {
            Misfits::None
        }
        _ => Misfits::Unknown,
    }
}

/// Returns the texts that are too long. Spaces at the end count: an INSERT cuts them off with a note, an ALTER fails on
/// them (error 1265; tried on MySQL 9.7, MariaDB 10.11 and 11.8).
fn too_many_characters(column: &str, length: u32) -> Misfits {
    Misfits::found(RowProblem::TooLong, format!("CHAR_LENGTH({column}) > {length}"))
}

fn too_many_bytes(column: &str, length: u64) -> Misfits {
    Misfits::found(RowProblem::TooLong, format!("LENGTH({column}) > {length}"))
}

/// Returns the rows with a member that the new set lacks. The new collation decides whether `a` is `A`.
fn not_in_set(column: &str, old: &DataType, members: &[String], to: &Column) -> Misfits {
    let (DataType::Enum(had) | DataType::Set(had)) = old else { return Misfits::Unknown };
    let all = quote_literal(&members.join(","));
    let is_lost = |member: &str| match (&to.charset, &to.collation) {
        (Some(charset), Some(collation)) => {
            let charset = bare_word(charset);
            let (member, all) =
                (format!("CONVERT({member} USING {charset})"), format!("CONVERT({all} USING {charset})"));
            format!(" AND NOT FIND_IN_SET({member}, {all} COLLATE {})", bare_word(collation))
        }
        _ => String::new(),
    };
    let lost = had.as_slice().iter().filter(|member| !members.contains(member));
    let uses: Vec<String> = lost
        .map(|member| {
            let member = quote_literal(member);
            format!("FIND_IN_SET({member}, {column}){}", is_lost(&member))
        })
        .collect();
    if uses.is_empty() {
        Misfits::None
    } else {
        Misfits::found(RowProblem::NotAMember, format!("({})", uses.join(" OR ")))
    }
}

/// Returns the texts that take more bytes in the new character set than the type holds (1406).
fn outgrown(column: &str, from: &Column, to: &Column) -> Option<String> {
    let (old, new) = (from.charset.as_deref()?, to.charset.as_deref()?);
    let DataType::Text(size) = &to.data_type else { return None };
    let same_type = from.data_type == to.data_type;
    (same_type && old != new)
        .then(|| format!("LENGTH(CONVERT({column} USING {})) > {}", bare_word(new), size.max_bytes()))
}

/// Returns the texts that change on the way to the new character set and back. utf8mb4 has every character.
fn inconvertible(column: &str, from: &Column, to: &Column) -> Option<String> {
    let (old, new) = (from.charset.as_deref()?, to.charset.as_deref()?);
    if old == new || new == "utf8mb4" || old == "ascii" {
        return None;
    }
    let (old, new) = (bare_word(old), bare_word(new));
    Some(format!("CAST(CONVERT(CONVERT({column} USING {new}) USING {old}) AS BINARY) <> CAST({column} AS BINARY)"))
}
