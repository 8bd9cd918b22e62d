//! Reads what the account may do, from the server's own statements. Privileges that come by a role are not known here.

use crate::mysql::session::Position;
use crate::mysql::{Row, User};
use crate::schema::{Identifier, Token, TokenKind, tokenize};

/// The statement that shows the privileges.
pub const SHOW_GRANTS: &str = "SHOW GRANTS";

/// The one column of [`SHOW_GRANTS`].
#[derive(Debug, Clone, Copy)]
struct GrantField;

impl Position for GrantField {
    fn index(self) -> usize {
        0
    }
}

/// The privileges of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// The account, as a `GRANT` names it, or a word for it where its name may not be shown.
    pub account: String,
    /// Whether nothing but these gives it privileges. A role may give more.
    is_complete: bool,
    given: Vec<Grant>,
}

/// One `GRANT` on databases or tables.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    /// In upper case: `ALTER`, `ALL PRIVILEGES`.
    privileges: Vec<String>,
    /// A pattern with `%` and `_`; `None` is each database.
    database: Option<String>,
    /// `None` is each table.
    table: Option<String>,
}

impl Grants {
    /// Reads the rows of [`SHOW_GRANTS`] of this user.
    pub fn read(user: &User, rows: &[Row]) -> Self {
        let texts: Vec<&str> = rows.iter().map(|row| row.text(GrantField)).collect();
        let read = Self::of_statements(&texts);
        Self { account: user.own_account(&read.account).to_owned(), ..read }
    }

    /// Returns whether it is certain that the account lacks this privilege on a table.
    pub fn lack(&self, privilege: &str, database: &Identifier, table: &Identifier) -> bool {
        let gives = |grant: &Grant| {
            let of_database = grant.database.as_ref().is_none_or(|pattern| is_like(database.as_str(), pattern));
            let of_table = grant.table.as_ref().is_none_or(|name| name == table.as_str());
            let named = |given: &String| given == privilege || given == "ALL PRIVILEGES" || given == "ALL";
            of_database && of_table && grant.privileges.iter().any(named)
        };
        self.is_complete && !self.given.iter().any(gives)
    }

    fn of_statements(texts: &[&str]) -> Self {
        let mut read = Self { is_complete: !texts.is_empty(), ..Self::default() };
        for text in texts {
            let tokens = tokenize(text).unwrap_or_default();
            if tokens.first().is_none_or(|first| !first.is_word("GRANT")) {
                continue;
            }
            match read_grant(&tokens) {
                Some(grant) => read.given.push(grant),
                // A role, or what this reader does not know.
                None => read.is_complete &= is_of_other_objects(&tokens),
            }
            if read.account.is_empty() {
                read.account = account(&tokens);
            }
        }
        read
    }
}

/// Reads `GRANT a, b ON c.d TO ...`.
fn read_grant(tokens: &[Token<'_>]) -> Option<Grant> {
    let on = tokens.iter().position(|token| token.is_word("ON"))?;
    let (privileges, target) = (tokens.get(1..on)?, tokens.get(on + 1..)?);
    let [database, dot, table, ..] = target else { return None };
    if !dot.is_symbol(".") {
        return None;
    }
    let name = |token: &Token<'_>| {
        (token.kind == TokenKind::QuotedIdentifier || token.kind == TokenKind::Word).then(|| token.value())
    };
    Some(Grant { privileges: names(privileges), database: name(database), table: name(table) })
}

/// Returns the privileges on all columns of a table: those with a list of columns are left out.
fn names(tokens: &[Token<'_>]) -> Vec<String> {
    let parts = tokens.split(|token| token.is_symbol(","));
    let words = parts.filter(|part| part.iter().all(|token| token.kind == TokenKind::Word));
    words
        .map(|part| part.iter().map(|token| token.value().to_ascii_uppercase()).collect::<Vec<_>>().join(" "))
        .collect()
}

/// Whether it is a grant on a routine, or to act as another account.
fn is_of_other_objects(tokens: &[Token<'_>]) -> bool {
    let on = tokens.iter().position(|token| token.is_word("ON"));
    on.and_then(|on| tokens.get(on + 1))
        .is_some_and(|kind| ["PROCEDURE", "FUNCTION", "PACKAGE"].into_iter().any(|word| kind.is_word(word)))
        || tokens.get(1).is_some_and(|token| token.is_word("PROXY"))
}

/// Returns the account behind `TO`.
fn account(tokens: &[Token<'_>]) -> String {
    let named = tokens.iter().skip_while(|token| !token.is_word("TO")).skip(1);
    let named =
        named.take_while(|token| !["IDENTIFIED", "WITH", "REQUIRE"].into_iter().any(|word| token.is_word(word)));
    named.map(|token| token.text).collect()
}

/// Whether a name is like a pattern of a `GRANT`: `_` is any character, `%` any text, and a backslash takes that away.
fn is_like(name: &str, pattern: &str) -> bool {
    let (name, pattern): (Vec<char>, Vec<char>) = (name.chars().collect(), pattern.chars().collect());
    like(&name, &pattern)
}

fn like(name: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => name.is_empty(),
        ['%', rest @ ..] => (0..=name.len()).any(|at| name.get(at..).is_some_and(|tail| like(tail, rest))),
        ['\\', character, rest @ ..] => starts(name, rest, |first| first == *character),
        ['_', rest @ ..] => starts(name, rest, |_| true),
        [character, rest @ ..] => starts(name, rest, |first| first == *character),
    }
}

fn starts(name: &[char], rest: &[char], is_same: impl Fn(char) -> bool) -> bool {
    name.split_first().is_some_and(|(first, tail)| is_same(*first) && like(tail, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacks(statements: &[&str], privilege: &str) -> bool {
        let name = |text: &str| Identifier::new(text).unwrap();
        Grants::of_statements(statements).lack(privilege, &name("app_db"), &name("t"))
    }

    #[test]
    fn a_privilege_is_held_on_the_server_a_database_or_a_table() {
        for statement in [
            "GRANT ALL PRIVILEGES ON *.* TO `a`@`%` WITH GRANT OPTION",
            "GRANT SELECT, ALTER ON *.* TO `a`@`%`",
            r"GRANT ALTER, CREATE ROUTINE ON `app\_db`.* TO `a`@`%`",
            "GRANT ALTER ON `app%`.* TO `a`@`%`",
            "GRANT ALTER ON `app_db`.`t` TO `a`@`%`",
        ] {
            assert!(!lacks(&["GRANT USAGE ON *.* TO `a`@`%`", statement], "ALTER"), "{statement}");
        }
    }

    #[test]
    fn a_privilege_on_something_else_is_none() {
        for statement in [
            "GRANT SELECT ON *.* TO `a`@`%`",
            "GRANT ALTER ROUTINE ON `app_db`.* TO `a`@`%`",
            r"GRANT ALTER ON `app\_d`.* TO `a`@`%`",
            "GRANT ALTER ON `app_db`.`u` TO `a`@`%`",
            "GRANT ALTER ON PROCEDURE `app_db`.`t` TO `a`@`%`",
        ] {
            assert!(lacks(&[statement], "ALTER"), "{statement}");
        }
    }

    #[test]
    fn a_role_may_give_any_privilege() {
        assert!(!lacks(&["GRANT USAGE ON *.* TO `a`@`%`", "GRANT `writer`@`%` TO `a`@`%`"], "ALTER"));
        assert!(!lacks(&[], "ALTER"), "nothing is known");
    }

    #[test]
    fn the_account_is_as_the_server_writes_it() {
        let grants = Grants::of_statements(&["GRANT USAGE ON *.* TO `app`@`10.%` IDENTIFIED BY PASSWORD '*E1'"]);
        assert_eq!(grants.account, "`app`@`10.%`");
    }
}
