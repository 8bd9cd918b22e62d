//! Compares what `SHOW CREATE TABLE` says of a table and of a copy that was made from the model: what the copy lacks, the
//! model does not hold. It knows what a server prints in two ways although both mean the same.

use super::token::{Token, TokenKind, tokenize};

/// Returns the first line of `shown` that `copy` lacks; `None` where the copy means the same. The order of lines does
/// not count: servers print keys in the order in which they were made.
#[must_use]
pub fn first_loss(shown: &str, copy: &str) -> Option<String> {
    let engine = Engine::of(shown);
    let mut left: Vec<String> = copy.lines().map(|line| meaning(line, engine)).collect();
    let lost = shown.lines().find(|line| {
        let meaning = meaning(line, engine);
        match left.iter().position(|other| *other == meaning) {
            Some(at) => {
                left.swap_remove(at);
                false
            }
            None => true,
        }
    });
    lost.map(|line| line.trim().trim_end_matches(',').to_owned())
}

/// What an engine makes of `USING`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    /// It has hash tables and trees, and makes a hash table where neither is named.
    Memory,
    /// It has trees alone, whatever is named. MariaDB prints `USING HASH` all the same (tried on 10.11 and 11.8).
    Other,
}

impl Engine {
    fn of(statement: &str) -> Self {
        let is_memory = statement.lines().any(|line| line.starts_with(") ENGINE=MEMORY"));
        if is_memory { Self::Memory } else { Self::Other }
    }
}

/// Returns a line without what a server prints only where it was written, and what means the same where it was not.
fn meaning(line: &str, engine: Engine) -> String {
    let Ok(tokens) = tokenize(line.trim_end_matches(',')) else { return line.to_owned() };
    let mut words = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let skipped = meaningless(rest, engine);
        if skipped == 0 {
            words.push(first.text);
        }
        rest = if skipped == 0 { after } else { rest.get(skipped..).unwrap_or_default() };
    }
    words.join(" ")
}

/// Returns how many of the next tokens mean nothing:
///
/// - the character set and the collation of a column, which are read from elsewhere;
/// - the algorithm that an index has anyway;
/// - `RESTRICT` and `NO ACTION`, which InnoDB treats alike, and as it does where neither is written;
/// - options that are off, which is their default, and a table's counter.
fn meaningless(tokens: &[Token<'_>], engine: Engine) -> usize {
    let begins = |words: &[&str]| {
        tokens.len() >= words.len() && words.iter().zip(tokens).all(|(word, token)| token.is_word(word))
    };
    let option = |name: &str, off: &str| {
        matches!(tokens, [first, equals, value, ..]
            if first.is_word(name) && equals.is_symbol("=") && value.value().eq_ignore_ascii_case(off))
    };
    let counter = matches!(tokens, [first, equals, value, ..]
        if first.is_word("AUTO_INCREMENT") && equals.is_symbol("=") && value.kind == TokenKind::Number);
    let is_default_algorithm = begins(&["USING", "HASH"]) || engine == Engine::Other && begins(&["USING", "BTREE"]);
    let is_off = option("COMPRESSION", "none") || option("ENCRYPTION", "N");
    let restricts = ["DELETE", "UPDATE"].iter().any(|event| begins(&["ON", event, "RESTRICT"]));
    if ["DELETE", "UPDATE"].iter().any(|event| begins(&["ON", event, "NO", "ACTION"])) {
        4
    } else if begins(&["CHARACTER", "SET"]) || counter || is_off || restricts {
        3
    } else if begins(&["COLLATE"]) || is_default_algorithm {
        2
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(definition: &str, options: &str) -> String {
        format!("CREATE TABLE `t` (\n  `a` int,\n  {definition},\n  KEY `y` (`a`)\n) {options}")
    }

    #[test]
    fn what_is_lost_is_told_whatever_the_order_of_keys() {
        let one = table("KEY `x` (`a`)", "ENGINE=InnoDB");
        let other = "CREATE TABLE `t` (\n  `a` int,\n  KEY `y` (`a`),\n  KEY `x` (`a`)\n) ENGINE=InnoDB";
        assert_eq!(first_loss(&one, other), None);
        let marked = table("KEY `x` (`a`) KEY_BLOCK_SIZE=4", "ENGINE=InnoDB");
        assert_eq!(first_loss(&marked, &one).unwrap(), "KEY `x` (`a`) KEY_BLOCK_SIZE=4");
    }

    #[test]
    fn two_spellings_of_one_thing_are_no_loss() {
        let key = "CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`)";
        for (definition, options, copied, copied_options) in [
            ("`b` text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "ENGINE=InnoDB", "`b` text", "ENGINE=InnoDB"),
            ("KEY `x` (`a`) USING BTREE", "ENGINE=InnoDB", "KEY `x` (`a`)", "ENGINE=InnoDB"),
            ("KEY `x` (`a`) USING HASH", "ENGINE=Aria", "KEY `x` (`a`)", "ENGINE=Aria"),
            ("KEY `x` (`a`)", "ENGINE=MEMORY", "KEY `x` (`a`) USING HASH", "ENGINE=MEMORY"),
            (&format!("{key} ON DELETE RESTRICT ON UPDATE NO ACTION"), "ENGINE=InnoDB", key, "ENGINE=InnoDB"),
            (&format!("{key} ON DELETE CASCADE ON UPDATE RESTRICT"), "", &format!("{key} ON DELETE CASCADE"), ""),
            ("`b` int", "ENGINE=InnoDB AUTO_INCREMENT=9 COMPRESSION='none'", "`b` int", "ENGINE=InnoDB"),
        ] {
            let (shown, copy) = (table(definition, options), table(copied, copied_options));
            assert_eq!(first_loss(&shown, &copy), None, "{shown}");
        }
    }

    #[test]
    fn what_means_something_is_a_loss() {
        let key = "CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`)";
        for (definition, copied, options) in [
            ("KEY `x` (`a`) USING BTREE", "KEY `x` (`a`)", "ENGINE=MEMORY"),
            (&format!("{key} ON DELETE CASCADE") as &str, key, "ENGINE=InnoDB"),
            (&format!("{key} ON DELETE RESTRICT ON UPDATE SET NULL"), key, "ENGINE=InnoDB"),
            ("`b` int DEFAULT 1", "`b` int", "ENGINE=InnoDB"),
        ] {
            let (shown, copy) = (table(definition, options), table(copied, options));
            assert_eq!(first_loss(&shown, &copy).as_deref(), Some(definition));
        }
        let (shown, copy) = (table("`b` int", "COMPRESSION='zlib'"), table("`b` int", ""));
        assert_eq!(first_loss(&shown, &copy).as_deref(), Some(") COMPRESSION='zlib'"));
    }
}
