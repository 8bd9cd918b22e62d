//! Which texts are one revision to a tool.

use std::cmp::Ordering;

use super::tool::Tool;

/// Returns the text by which a tool knows a revision: two with the same one are one revision.
pub fn key(tool: Tool, revision: &str) -> String {
    match tool {
        Tool::Flyway => {
            let mut parts: Vec<&str> = numbers(revision).collect();
            while parts.len() > 1 && parts.last().is_some_and(|part| *part == "0") {
                parts.pop();
            }
            parts.join(".")
        }
        // Both keep a number, and take the one of a file's name without its zeros.
        Tool::Rails | Tool::GolangMigrate => without_zeros(revision).to_owned(),
        Tool::Alembic | Tool::Liquibase | Tool::Django | Tool::Dbmate | Tool::Prisma => revision.to_owned(),
    }
}

/// Compares two versions of Flyway's, as numbers between dots: 1.10 comes after 1.9.
pub fn compare(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (numbers(one), numbers(other));
    loop {
        let (left, right) = match (one.next(), other.next()) {
            (None, None) => return Ordering::Equal,
            (left, right) => (left.unwrap_or("0"), right.unwrap_or("0")),
        };
        let order = left.len().cmp(&right.len()).then_with(|| left.cmp(right));
        if order.is_ne() {
            return order;
        }
    }
}

/// Returns the parts of a version of Flyway's, whose files have underscores for dots.
fn numbers(version: &str) -> impl Iterator<Item = &str> {
    version.split(['.', '_']).map(without_zeros)
}

fn without_zeros(number: &str) -> &str {
    let rest = number.trim_start_matches('0');
    if rest.is_empty() && !number.is_empty() { "0" } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_revision_may_have_several_spellings() {
        for (tool, one, other) in [
            (Tool::Flyway, "1_2", "1.2"),
            (Tool::Flyway, "1.0", "1"),
            (Tool::Flyway, "001.02.0", "1.2"),
            (Tool::Flyway, "0", "0.0"),
            (Tool::Rails, "0007", "7"),
            (Tool::GolangMigrate, "000001", "1"),
            (Tool::GolangMigrate, "0", "000"),
        ] {
            assert_eq!(key(tool, one), key(tool, other), "{tool:?} {one} {other}");
        }
        for (tool, one, other) in [
            (Tool::Flyway, "1.20", "1.2"),
            (Tool::Dbmate, "01", "1"),
            (Tool::Alembic, "0a", "a"),
            (Tool::Rails, "70", "7"),
        ] {
            assert_ne!(key(tool, one), key(tool, other), "{tool:?} {one} {other}");
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        for (one, order, other) in [
            ("1.9", Ordering::Less, "1.10"),
            ("2", Ordering::Greater, "1.9.9"),
            ("1", Ordering::Equal, "1.0.0"),
            ("20261129", Ordering::Greater, "20261128.5"),
        ] {
            assert_eq!(compare(one, other), order, "{one} {other}");
        }
    }
}
