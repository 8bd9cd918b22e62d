//! Renders the table of results.

use crate::support::Server;

/// One line of the table.
#[derive(Debug)]
pub struct Row {
    pub what: String,
    pub server: Server,
    pub figure: String,
    /// The aim, and whether the figure meets it; a figure may have none.
    aim: Option<(String, bool)>,
    /// What the figure is computed from.
    detail: String,
}

impl Row {
    /// Returns a figure without an aim.
    pub fn without_aim(what: impl Into<String>, server: Server, value: f64, unit: &str) -> Self {
        let figure = format!("{}{unit}", number(value));
        Self { what: what.into(), server, figure, aim: None, detail: String::new() }
    }

    /// Returns a figure that should be at most `most`.
    pub fn at_most(what: impl Into<String>, server: Server, value: f64, most: f64, unit: &str) -> Self {
        // What is printed is what counts: 1.154 is printed as 1.15.
        let met = number(value).parse().is_ok_and(|printed: f64| printed <= most);
        Self { aim: Some((format!("at most {most}{unit}"), met)), ..Self::without_aim(what, server, value, unit) }
    }

    /// Returns a figure that should be at least `least`.
    pub fn at_least(what: impl Into<String>, server: Server, value: f64, least: f64, unit: &str) -> Self {
        let met = number(value).parse().is_ok_and(|printed: f64| printed >= least);
        Self { aim: Some((format!("at least {least}{unit}"), met)), ..Self::without_aim(what, server, value, unit) }
    }

    /// Adds what the figure is computed from.
    pub fn with_detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// Returns a row for a measurement that failed.
    pub fn failed(what: &str, server: Server, error: &str) -> Self {
        let detail = format!("could not be measured: {error}");
        Self { what: what.to_owned(), server, figure: "none".to_owned(), aim: None, detail }
    }
}

/// Two decimals for small values, one for larger ones.
fn number(value: f64) -> String {
    if value < 10.0 { format!("{value:.2}") } else { format!("{value:.1}") }
}

/// Returns the name of a server in the table.
pub fn label(server: Server) -> &'static str {
    if server == Server::MySql { "MySQL" } else { "MariaDB" }
}

const COLUMNS: usize = 6;

/// Renders the table as aligned text.
pub fn render(rows: &[Row]) -> String {
    let header = ["what", "server", "figure", "aim", "met", "in detail"].map(str::to_owned);
    let lines = rows.iter().map(|row| {
        let (aim, met) = match &row.aim {
            Some((aim, met)) => (aim.clone(), if *met { "yes" } else { "NO" }),
            None => (String::new(), ""),
        };
        [row.what.clone(), label(row.server).to_owned(), row.figure.clone(), aim, met.to_owned(), row.detail.clone()]
    });
    let lines: Vec<[String; COLUMNS]> = std::iter::once(header).chain(lines).collect();
    let widths: Vec<usize> = (0..COLUMNS)
        .map(|column| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max())
        .map(Option::unwrap_or_default)
        .collect();
    let padded = |line: &[String; COLUMNS]| {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    let rule = std::array::from_fn(|column| "-".repeat(widths.get(column).copied().unwrap_or_default()));
    let mut text: Vec<String> = lines.iter().map(padded).collect();
    text.insert(1, padded(&rule));
    text.concat()
}
