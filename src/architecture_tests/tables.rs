//! Reads the tables of a Markdown document.

/// A row of a table, with the line that it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    pub line: usize,
    pub cells: Vec<String>,
}

impl TableRow {
    /// Returns the code spans of a cell: the texts between backticks.
    pub fn code(&self, cell: usize) -> Vec<String> {
        self.cells
            .get(cell)
            .map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect())
            .unwrap_or_default()
    }
}

/// Returns the rows of each table whose header begins with this word.
pub fn rows(document: &str, header: &str) -> Vec<TableRow> {
    let mut rows = Vec::new();
    let mut is_in_table = false;
    for (index, line) in document.lines().enumerate() {
        let Some(inner) = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
            is_in_table = false;
            continue;
        };
        let cells: Vec<String> = inner.split('|').map(|cell| cell.trim().to_owned()).collect();
        if is_in_table && !cells.iter().all(|cell| cell.starts_with("--")) {
            rows.push(TableRow { line: index + 1, cells });
        } else if cells.first().is_some_and(|first| first == header) {
            is_in_table = true;
        }
    }
    rows
}
