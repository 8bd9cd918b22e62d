//! The names of character sets and collations, with their aliases.

/// Whether a collation belongs to a character set: its name begins with that of the set. MariaDB's `uca1400_*` fit
/// several.
pub fn is_of_charset(collation: &str, charset: &str) -> bool {
    let collation = collation.to_ascii_lowercase();
    collation.split('_').next().is_some_and(|prefix| prefix == "uca1400" || same_charset(prefix, charset))
}

/// Whether two names mean one collation: `utf8_bin` is an alias of `utf8mb3_bin`.
pub fn same_collation(left: &str, right: &str) -> bool {
    let split = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.split_once('_')
            .map_or((text.clone(), String::new()), |(charset, rest)| (charset.to_owned(), rest.to_owned()))
    };
    let ((left, left_rest), (right, right_rest)) = (split(left), split(right));
    same_charset(&left, &right) && left_rest == right_rest
}

/// Whether two names mean one character set: `utf8` is an alias of `utf8mb3`.
pub fn same_charset(left: &str, right: &str) -> bool {
    let name = |text: &str| match text.to_ascii_lowercase() {
        text if text == "utf8" => "utf8mb3".to_owned(),
        text => text,
    };
    name(left) == name(right)
}
