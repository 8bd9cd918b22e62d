//! Decides whether each object is as before or as declared, and each row is there.

use std::collections::{BTreeMap, BTreeSet};

use super::canonical::{CanonicalSchema, Piece};
use super::scenario::{ObjectKind, ObjectPath, Round, Scenario};
use super::snapshot::{RowValues, Value};
use super::writer::ROW_NUMBER;

/// The two states that are right, and what was allowed until now.
pub struct Verdict<'a> {
    pub scenario: &'a Scenario,
    pub before: &'a CanonicalSchema,
    pub declared: &'a CanonicalSchema,
    /// The rounds until now; the last one is the present one.
    pub rounds: &'a [Round],
}

type Pieces = BTreeMap<Piece, String>;

impl Verdict<'_> {
    /// Names each piece that is neither as before nor as declared, and each row that is lost.
    pub fn violations(&self, now: &CanonicalSchema) -> Vec<String> {
        let mut found = Vec::new();
        for table in self.tables(now) {
            let [before, declared, now] = [self.before, self.declared, now].map(|schema| schema.tables.get(table));
            match (before, declared, now) {
                (Some(_), Some(_), None) => found.push(format!("table {table} is gone")),
                (Some(_), None, None) if self.is_undeclared(table, ObjectKind::Table, "") => {
                    found.push(format!("the undeclared table {table} is gone"));
                }
                (Some(_), None, None) if !self.may_destroy(table) => {
                    found.push(format!("table {table} was removed without consent"));
                }
                (None, None, Some(_)) => found.push(format!("table {table} appeared")),
                (before, declared, Some(now)) => found.extend(self.piece_violations(table, [before, declared], now)),
                (_, _, None) => {}
            }
        }
        found.extend(self.row_violations(now));
        found
    }

    /// Names each declared piece that is not live, where all that is declared is said to be live.
    pub fn unready(&self, now: &CanonicalSchema) -> Vec<String> {
        let mut found = Vec::new();
        for table in self.tables(now) {
            let [before, declared, now] = [self.before, self.declared, now].map(|schema| schema.tables.get(table));
            if self.is_left_out(table, ObjectKind::Table, "") || self.is_undeclared(table, ObjectKind::Table, "") {
                continue;
            }
            let (declared, now) = match (declared, now) {
                (None, None) => continue,
                (None, Some(_)) => {
                    found.push(format!("Ready, but table {table} is still there"));
                    continue;
                }
                (Some(_), None) => {
                    found.push(format!("Ready, but table {table} is missing"));
                    continue;
                }
                (Some(declared), Some(now)) => (declared, now),
            };
            let empty = Pieces::new();
            for piece in keys([before.unwrap_or(&empty), declared, now]) {
                let is_others = is_by_hand(piece, before.unwrap_or(&empty), declared)
                    || self.is_implicit(table, piece)
                    || is_of(piece, table, |path| self.scenario.is_undeclared(path) || self.leaves_out(path))
                    || self.is_of_removed_column(piece, table);
                // What is not stated is not declared, and there is no way to declare that there is no primary key.
                let unstated = matches!(piece, Piece::Option(_) | Piece::PrimaryKey) && !declared.contains_key(piece);
                if !is_others && !unstated && declared.get(piece) != now.get(piece) {
                    let (declared, now) = (shown(declared.get(piece)), shown(now.get(piece)));
                    found.push(format!("Ready, but {piece} of table {table} is {now}, declared {declared}"));
                }
            }
        }
        found
    }

    fn tables<'s>(&'s self, now: &'s CanonicalSchema) -> BTreeSet<&'s String> {
        [self.before, self.declared, now].into_iter().flat_map(|schema| schema.tables.keys()).collect()
    }

    fn piece_violations(&self, table: &str, known: [Option<&Pieces>; 2], now: &Pieces) -> Vec<String> {
        let empty = Pieces::new();
        let [before, declared] = known.map(|pieces| pieces.unwrap_or(&empty));
        let mut found = Vec::new();
        for piece in keys([before, declared, now]) {
            if self.is_implicit(table, piece) {
                continue;
            }
            let [was, goal, is] = [before, declared, now].map(|pieces| pieces.get(piece));
            let column =
                |pieces: &Pieces| piece.column().is_none_or(|name| pieces.contains_key(&Piece::Column(name.into())));
            let of_column = matches!(piece, Piece::Clause { .. });
            if of_column && !column(now) {
                continue;
            }
            let as_before = is == was && (!of_column || column(before));
            let as_declared = is == goal && known[1].is_some() && (!of_column || column(declared));
            let undeclared =
                is_of(piece, table, |path| self.scenario.is_undeclared(path)) || is_by_hand(piece, before, declared);
            let left_out = is_of(piece, table, |path| self.rounds.iter().any(|round| round.leaves_out(path)));
            if (undeclared || left_out) && is_index_of_others(piece, [before, declared, now]) {
                continue;
            }
            if is.is_none() && was.is_some_and(|was| goes_with_its_column(piece, was, now)) {
                continue;
            }
            let [was, goal, is] = [was, goal, is].map(shown);
            if undeclared && known[0].is_some() && !as_before && (!of_column || column(before)) {
                found.push(format!("{piece} of table {table} is not declared; it was {was}, is {is}"));
            } else if !undeclared && !as_before && !as_declared {
                found.push(format!("{piece} of table {table} is {is}, neither {was} nor {goal}"));
            }
            let is_part = match piece {
                Piece::Column(_) => true,
                Piece::Partition(_) => !is_divided_again(before, now),
                _ => false,
            };
            let removed = is_part && before.contains_key(piece) && !now.contains_key(piece);
            if removed && !self.may_destroy(table) {
                found.push(format!("{piece} of table {table} was removed without consent"));
            }
        }
        found
    }

    fn row_violations(&self, now: &CanonicalSchema) -> Vec<String> {
        let mut found = Vec::new();
        for (table, rows) in &self.before.rows {
            let (Some(present), Some(pieces)) = (now.rows.get(table), now.tables.get(table)) else { continue };
            let Some(before) = self.before.tables.get(table) else { continue };
            let lost_partition = before.keys().any(|piece| {
                matches!(piece, Piece::Partition(name) if !name.is_empty()) && !pieces.contains_key(piece)
            });
            for (number, row) in rows {
                match present.get(number) {
                    None if lost_partition && self.may_destroy(table) => {}
                    None => found.push(format!("row {number} of table {table} is gone")),
                    Some(now) => found.extend(self.value_violations(table, number, [row, now], pieces)),
                }
            }
        }
        found
    }

    fn value_violations(&self, table: &str, number: &str, rows: [&RowValues; 2], now: &Pieces) -> Vec<String> {
        let [before, after] = rows;
        let Some(definitions) = self.before.tables.get(table) else { return Vec::new() };
        let mut found = Vec::new();
        for (column, was) in before {
            let Some(is) = after.get(column) else { continue };
            let clause = |pieces: &Pieces, clause: &str| {
                pieces.get(&Piece::Clause { column: column.clone(), clause: clause.to_owned() }).cloned()
            };
            let same_type = ["TYPE", "collation"].iter().all(|name| clause(definitions, name) == clause(now, name));
            let kept = match (was, is) {
                (Some(was), Some(is)) if same_type => was.bytes == is.bytes,
                (Some(was), Some(is)) => self.may_destroy(table) || same_meaning(was, is),
                (None, None) => true,
                (None, Some(_)) | (Some(_), None) => false,
            };
            if !kept {
                found.push(format!("row {number} of table {table}: {column} was {was:?}, is {is:?}"));
            }
        }
        found
    }

    fn may_destroy(&self, table: &str) -> bool {
        self.rounds.iter().any(|round| round.may_destroy(table))
    }

    fn is_undeclared(&self, table: &str, kind: ObjectKind, name: &str) -> bool {
        self.scenario.is_undeclared(&ObjectPath::new(table, kind, name))
    }

    fn is_left_out(&self, table: &str, kind: ObjectKind, name: &str) -> bool {
        self.leaves_out(&ObjectPath::new(table, kind, name))
    }

    fn leaves_out(&self, path: &ObjectPath) -> bool {
        self.rounds.last().is_some_and(|round| round.leaves_out(path))
    }

    /// Whether it is an index that a server makes and removes for a foreign key.
    fn is_implicit(&self, table: &str, piece: &Piece) -> bool {
        let Piece::Index(name) = piece else { return false };
        let key = Piece::ForeignKey(name.clone());
        [self.before, self.declared]
            .iter()
            .any(|schema| schema.tables.get(table).is_some_and(|pieces| pieces.contains_key(&key)))
    }

    /// Whether it is of a column that only the live table has, and that no declaration names.
    fn is_of_removed_column(&self, piece: &Piece, table: &str) -> bool {
        piece.column().is_some_and(|column| self.is_undeclared(table, ObjectKind::Column, column))
    }
}

/// Decides whether the object that the piece is of has this quality.
fn is_of(piece: &Piece, table: &str, has: impl Fn(&ObjectPath) -> bool) -> bool {
    let path = |kind, name: &str| ObjectPath::new(table, kind, name);
    match piece {
        Piece::Column(name) | Piece::Clause { column: name, .. } => {
            name == ROW_NUMBER || has(&path(ObjectKind::Column, name))
        }
        Piece::Index(name) => has(&path(ObjectKind::Index, name)),
        Piece::ForeignKey(name) => has(&path(ObjectKind::ForeignKey, name)),
        Piece::Check(name) => has(&path(ObjectKind::Check, name)),
        Piece::PrimaryKey | Piece::Option(_) | Piece::Partition(_) => has(&path(ObjectKind::Table, "")),
    }
}

/// Whether it is an attribute that a person gave it by hand.
fn is_by_hand(piece: &Piece, before: &Pieces, declared: &Pieces) -> bool {
    const CLAUSES: [&str; 6] =
        ["COLUMN_FORMAT", "STORAGE", "SECONDARY_ENGINE_ATTRIBUTE", "SECONDARY", "`hand`", "REF_SYSTEM_ID"];
    const OPTIONS: [&str; 8] = [
        "CHECKSUM",
        "MIN_ROWS",
        "AUTOEXTEND_SIZE",
        "PACK_KEYS",
        "AVG_ROW_LENGTH",
        "DELAY_KEY_WRITE",
        "TRANSACTIONAL",
        "`hand`",
    ];
    match piece {
        // A reference system goes with the shape.
        Piece::Clause { column, clause } if clause == "REF_SYSTEM_ID" => {
            let kind = Piece::Clause { column: column.clone(), clause: "TYPE".to_owned() };
            before.get(&kind) == declared.get(&kind)
        }
        Piece::Clause { clause, .. } => CLAUSES.contains(&clause.as_str()),
        Piece::Option(name) => OPTIONS.contains(&name.as_str()),
        Piece::Column(_)
        | Piece::PrimaryKey
        | Piece::Index(_)
        | Piece::ForeignKey(_)
        | Piece::Check(_)
        | Piece::Partition(_) => false,
    }
}

/// Decides whether an undeclared index became another's: a declared index that is equal takes it over, and a column
/// that is removed goes from it.
fn is_index_of_others(piece: &Piece, [before, declared, now]: [&Pieces; 3]) -> bool {
    let (Piece::Index(_), Some(was)) = (piece, before.get(piece)) else { return false };
    let equal = declared.iter().any(|(other, text)| matches!(other, Piece::Index(_)) && text == was);
    let gone: Vec<String> = was
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| !now.contains_key(&Piece::Column((*name).to_owned())))
        .map(|name| format!("`{name}`"))
        .collect();
    let rest = gone.iter().fold(was.clone(), |text, name| {
        text.replace(&format!("{name} , "), "").replace(&format!(" , {name}"), "").replace(name, "")
    });
    match now.get(piece) {
        None => equal || rest.contains("( )") || rest.contains("(  )"),
        Some(is) => !gone.is_empty() && *is == rest && !was.contains("UNIQUE"),
    }
}

/// Whether `PARTITION BY` divided the rows again: a partition that stays takes other rows, so one that is left out has
/// none to lose. A row that none takes makes the statement fail.
fn is_divided_again(before: &Pieces, now: &Pieces) -> bool {
    before.iter().any(|(piece, was)| matches!(piece, Piece::Partition(_)) && now.get(piece).is_some_and(|is| is != was))
}

fn keys(pieces: [&Pieces; 3]) -> BTreeSet<&Piece> {
    pieces.into_iter().flat_map(|pieces| pieces.keys()).collect()
}

/// Whether it is a check that names one column, which is gone: each server drops such a check with the column (tried on
/// MySQL 9.7, MariaDB 10.11 and 11.8).
fn goes_with_its_column(piece: &Piece, was: &str, now: &Pieces) -> bool {
    let named: BTreeSet<&str> = was.split('`').skip(1).step_by(2).collect();
    matches!(piece, Piece::Check(_))
        && named.len() == 1
        && named.iter().all(|name| !now.contains_key(&Piece::Column((*name).to_owned())))
}

fn shown(value: Option<&String>) -> String {
    value.map_or("missing".to_owned(), |text| format!("[{text}]"))
}

/// Decides whether a conversion lost nothing: numbers, times and texts are compared as what they say.
fn same_meaning(was: &Value, is: &Value) -> bool {
    let plain = |text: &str| {
        let text = text.trim_end_matches(['\0', ' ']);
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
        text.trim_end_matches(" 00:00:00").to_owned()
    };
    was.bytes == is.bytes || plain(&was.text) == plain(&is.text)
}
