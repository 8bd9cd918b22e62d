//! Renders a chain as a comment of a pull request.

use std::fmt::Write;

use super::text::{heading, summary, tree};
use super::view::{ChainView, FindingView};

/// Renders what is wrong first, then the tree.
pub fn render(view: &ChainView) -> String {
    // Writing to a String does not fail.
    let mut text = format!("### Migrations: {}\n\n{}\n", escaped(&heading(view)), summary(view));
    if !view.findings.is_empty() {
        text.push('\n');
    }
    for finding in &view.findings {
        add_finding(&mut text, finding);
    }
    if !view.possible.is_empty() {
        text.push_str("\nPossible, unless what was not read prevents it:\n\n");
    }
    for finding in &view.possible {
        add_finding(&mut text, finding);
    }
    if !view.not_read.is_empty() {
        let _ = writeln!(text, "\n<details><summary>Not read: {}</summary>\n", view.not_read.len());
        for not_read in view.not_read.iter().take(100) {
            let at = format!("{}:{}", not_read.file, not_read.line);
            let _ = writeln!(text, "- {}: {}", code(&at), escaped(&not_read.what));
        }
        text.push_str("\n</details>\n");
    }
    let tree = tree(view);
    let fence = "`".repeat(longest_run(&tree).max(2) + 1);
    let _ = writeln!(
        text,
        "\n<details><summary>The chain, oldest first</summary>\n\n{fence}text\n{tree}{fence}\n\n</details>"
    );
    text
}

fn add_finding(text: &mut String, finding: &FindingView) {
    let _ = writeln!(text, "- {}: {}", code(&finding.at()), escaped(&finding.message));
    for place in finding.places.iter().skip(1) {
        let _ = writeln!(text, "  - {}: {}", code(&place.at()), code(&place.migration));
    }
}

/// Returns a text as code, whatever backquotes are in it.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    if text.starts_with('`') || text.ends_with('`') {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// Returns the length of the longest run of backquotes.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Returns a text that Markdown shows as it is: no markup, no HTML, no mention of a person.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '@' => escaped.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_becomes_markup() {
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(escaped("a_b <b> @x [y](z) & `c`"), "a\\_b &lt;b&gt; &#64;x \\[y\\](z) &amp; \\`c\\`");
    }
}
