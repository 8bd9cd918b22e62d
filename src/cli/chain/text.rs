//! Renders a chain as a person reads it at a terminal.

use std::fmt::Write;

use super::view::{ChainView, FindingView};
use crate::reconcile::counted;

/// So many parts that were not read are listed.
const LISTED: usize = 20;

/// Renders the chain as a tree, then what is wrong with it.
pub fn render(view: &ChainView) -> String {
    // Writing to a String does not fail.
    let mut text = format!("{}\n\n", heading(view));
    text.push_str(&tree(view));
    for replaced in &view.replaced {
        let _ = writeln!(text, "{}  replaced by {}", replaced.id, replaced.by);
    }
    if !view.without_order.is_empty() {
        let _ = writeln!(text, "\nIn a circle, or after one: {}", view.without_order.join(", "));
    }
    if !view.not_read.is_empty() {
        let _ = writeln!(text, "\nNot read:");
        for not_read in view.not_read.iter().take(LISTED) {
            let _ = writeln!(text, "  {}:{}: {}", not_read.file, not_read.line, not_read.what);
        }
        if let Some(rest @ 1..) = view.not_read.len().checked_sub(LISTED) {
            let _ = writeln!(text, "  and {rest} more");
        }
    }
    if !view.reads_changes {
        let _ = writeln!(text, "\nWhat these migrations do to the schema is not read.");
    }
    let _ = writeln!(text, "\n{}", summary(view));
    for finding in &view.findings {
        add_finding(&mut text, finding);
    }
    if !view.possible.is_empty() {
        let _ = writeln!(text, "\nPossible, unless what was not read prevents it:");
    }
    for finding in &view.possible {
        add_finding(&mut text, finding);
    }
    text
}

fn add_finding(text: &mut String, finding: &FindingView) {
    let _ = writeln!(text, "\n{}: {}", finding.at(), finding.message);
    for place in finding.places.iter().skip(1) {
        let _ = writeln!(text, "  {}: {}", place.at(), place.migration);
    }
}

pub fn heading(view: &ChainView) -> String {
    let folders: Vec<&str> = view.folders.iter().map(String::as_str).filter(|folder| !folder.is_empty()).collect();
    let places = if folders.is_empty() { String::new() } else { format!(" in {}", folders.join(", ")) };
    format!("{}: {}{places}", view.tool, counted(view.migrations.len(), "migration"))
}

/// Renders the tree alone, in columns.
pub fn tree(view: &ChainView) -> String {
    let width = |part: fn(&super::view::TreeLineView) -> &str| {
        view.tree.iter().map(|line| part(line).chars().count()).max().unwrap_or_default().min(60)
    };
    let (names, titles) = (width(|line| &line.name), width(|line| &line.title));
    let mut text = String::new();
    for line in &view.tree {
        let row = format!("{:names$}  {:titles$}  {}", line.name, line.title, line.marks);
        let _ = writeln!(text, "{}", row.trim_end());
    }
    text
}

pub fn summary(view: &ChainView) -> String {
    match view.findings.len() {
        0 => "The chain is whole.".to_owned(),
        number => format!("The chain is not whole: {}.", counted(number, "finding")),
    }
}
