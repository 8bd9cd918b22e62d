//! The cost of a change of a column.

use super::site::{Site, is_virtual};
use crate::plan::change::{Cost, TypeChange, type_change};
use crate::schema::{Column, ColumnDefault, DataType, Expression, Fill, Identifier, Position, Storage};

/// Functions that give each row a value of its own. `rand` is not one: MariaDB takes one value of it for all rows.
const RANDOM: [&str; 6] = ["random_bytes", "sys_guid", "uuid", "uuid_short", "uuid_v4", "uuid_v7"];

impl Site<'_> {
    /// Predicts a rename. MySQL renames a column that another table references INPLACE alone (1846).
    pub fn rename_column(self, column: &Identifier) -> Cost {
        if self.is_mysql() && self.is_referenced(column) { Cost::IN_PLACE } else { Cost::INSTANT }
    }

    /// Predicts a new column.
    pub fn add_column(self, column: &Column, position: Option<&Position>) -> Cost {
        if column.check.is_some() {
            return self.copy();
        }
        match &column.fill {
            Fill::AutoIncrement => return Cost::REBUILD.blocking(),
            Fill::Generated(generated) if generated.storage == Storage::Stored => return self.copy(),
            // INSTANT takes only constants, on MySQL only literals. CURRENT_TIMESTAMP is a literal once the statement began.
            Fill::Default(ColumnDefault::Expression(default)) if !self.is_constant(default) => return self.copy(),
            _ => {}
        }
        if self.is_mysql() {
            let can_place = position.is_none() || self.live.dialect.at_least(8, 0, 29);
            // There is no default value for a geometry that can't be NULL (1845).
            let lacks_value = column.data_type.is_spatial() && !column.nullable;
            let is_instant = can_place && !lacks_value && self.may_mix_rows();
            return if is_instant { Cost::INSTANT } else { self.rebuild() };
        }
        if self.has_virtual_column() && position.is_some() {
            return self.copy();
        }
        let is_instant = self.may_mix_rows() && (is_virtual(column) || !self.has_indexed_virtual_column());
        if is_instant { Cost::INSTANT } else { self.rebuild() }
    }

    /// Whether the server knows that an expression has one value for all rows of one statement.
    fn is_constant(self, expression: &Expression) -> bool {
        if self.is_mysql() {
            return expression.is_current_timestamp_word();
        }
        if expression.is_current_timestamp() {
            return true;
        }
        let is_random = expression.words().iter().any(|word| RANDOM.contains(&word.as_str()));
        !is_random && !self.table.columns.iter().any(|column| expression.names_column(&column.name))
    }

    /// Predicts the removal of a column.
    pub fn drop_column(self, column: &Column) -> Cost {
        let is_indexed = self.is_indexed(&column.name);
        if is_virtual(column) {
            return if is_indexed { Cost::IN_PLACE } else { Cost::INSTANT };
        }
        if self.is_in_primary_key(&column.name) {
            return self.drop_key_column();
        }
        // MariaDB can't compute an indexed virtual column meanwhile (1846).
        if !self.is_mysql() && self.has_indexed_virtual_column() {
            return self.copy();
        }
        if is_indexed {
            return self.drop_indexed_column(&column.name);
        }
        let is_old = self.is_mysql() && !self.live.dialect.at_least(8, 0, 29);
        if is_old || !self.may_mix_rows() { self.rebuild() } else { Cost::INSTANT }
    }

    /// Predicts the removal of a column of the primary key. The key goes with its only column, which needs a copy (1846),
    /// unless MariaDB finds another key to cluster the rows by.
    fn drop_key_column(self) -> Cost {
        let is_only = self.table.primary_key.as_ref().is_some_and(|key| key.parts.len() == 1);
        let has_another = !self.is_mysql() && self.table.indexes.iter().any(|index| self.can_cluster(index));
        if is_only && !has_another { self.copy() } else { self.rebuild() }
    }

    /// Predicts the removal of an indexed column. Where its indexes have no other column, MariaDB keeps the rows as they
    /// are.
    fn drop_indexed_column(self, column: &Identifier) -> Cost {
        let alone =
            self.table.indexes.iter().filter(|index| index.contains(column)).all(|index| index.parts.len() == 1);
        match (self.is_mysql(), alone) {
            (true, _) => self.rebuild(),
            (false, true) if self.may_mix_rows() => Cost::IN_PLACE,
            (false, true) => self.rebuild(),
            (false, false) if self.has_virtual_column() => self.copy(),
            (false, false) => self.rebuild(),
        }
    }

    /// Predicts a new definition of a column.
    pub fn modify_column(self, from: &Column, to: &Column, moved: bool) -> Cost {
        let Column {
            name: _,
            data_type: _, // See `type_change`.
            nullable,
            fill: _, // See `modify_generated` and `is_counted_otherwise`; a default is in the dictionary.
            // In the dictionary too.
            on_update_now: _,
            comment: _,
            visible: _,
            charset,
            collation,
            srid,
            compressed,
            check,
            other: _, // It stays.
        } = from;
        if matches!(from.fill, Fill::Generated(_)) || matches!(to.fill, Fill::Generated(_)) {
            return self.modify_generated(from, to, moved);
        }
        let adds_check = to.check.is_some() && *check != to.check;
        let is_stored_otherwise = *srid != to.srid || *compressed != to.compressed;
        if is_stored_otherwise || adds_check || self.is_counted_otherwise(from, to) {
            return self.copy();
        }
        let text = if *charset != to.charset || *collation != to.collation {
            self.modify_text(from, to)
        } else {
            Cost::INSTANT
        };
        let mut cost = text.and(match type_change(from, to, self.live.dialect) {
            TypeChange::None | TypeChange::Appended => Cost::INSTANT,
            TypeChange::Dictionary => self.dictionary(),
            TypeChange::Wider | TypeChange::Narrower | TypeChange::Family => self.copy(),
        });
        if *nullable != to.nullable {
            cost = cost.and(self.modify_nullability(from, to));
        }
        if moved {
            cost = cost.and(self.move_column());
        }
        cost
    }

    /// Whether `AUTO_INCREMENT` is added; on MySQL also whether it is removed.
    fn is_counted_otherwise(self, from: &Column, to: &Column) -> bool {
        let (was, is) = (from.fill == Fill::AutoIncrement, to.fill == Fill::AutoIncrement);
        is && !was || was && !is && self.is_mysql()
    }

    /// Predicts a change from, to or of a generated column. A virtual column is computed at each read: for another
    /// expression MariaDB changes the dictionary alone, while MySQL copies.
    fn modify_generated(self, from: &Column, to: &Column, moved: bool) -> Cost {
        let both_virtual = is_virtual(from) && is_virtual(to);
        let type_change = type_change(from, to, self.live.dialect);
        if !self.is_mysql() {
            let keeps_type = matches!(type_change, TypeChange::None | TypeChange::Dictionary);
            let in_dictionary = both_virtual && keeps_type && !moved && !self.is_indexed(&from.name);
            return if in_dictionary { Cost::INSTANT } else { self.copy() };
        }
        let but_words = Column { comment: from.comment.clone(), visible: from.visible, ..to.clone() };
        let but_type = Column { data_type: from.data_type.clone(), ..but_words.clone() };
        if but_words == *from {
            return if moved && !both_virtual { self.rebuild() } else { Cost::INSTANT };
        }
        if type_change == TypeChange::Dictionary && but_type == *from { self.dictionary() } else { self.copy() }
    }

    /// Predicts another character set or collation. The rows stay where every text is stored as before: with another
    /// collation, and from `utf8mb3` to `utf8mb4`. An index has to be sorted again.
    fn modify_text(self, from: &Column, to: &Column) -> Cost {
        let charset = |column: &Column| column.charset.clone().unwrap_or_default();
        let widens = charset(from) == "utf8mb3" && charset(to) == "utf8mb4";
        // The rows hold a member's number, which only MySQL takes advantage of.
        if matches!(from.data_type, DataType::Enum(_) | DataType::Set(_)) {
            return if self.is_mysql() { Cost::INSTANT } else { self.copy() };
        }
        if charset(from) != charset(to) && !(widens && keeps_length_prefix(&from.data_type)) {
            return self.copy();
        }
        match (self.is_mysql(), self.is_indexed(&from.name)) {
            (true, false) => Cost::IN_PLACE,
            (true, true) => self.copy(),
            (false, false) => Cost::INSTANT,
            (false, true) if widens => Cost::INSTANT,
            (false, true) if self.is_in_primary_key(&from.name) => self.copy(),
            (false, true) if self.is_in_fulltext(&from.name) => Cost::IN_PLACE.blocking(),
            (false, true) => Cost::IN_PLACE,
        }
    }

    fn modify_nullability(self, from: &Column, to: &Column) -> Cost {
        // MariaDB's redundant format has space for NULL in every row.
        if !self.is_mysql() && self.has_row_format("REDUNDANT") && to.nullable {
            return Cost::INSTANT;
        }
        // Its rebuild has no value for a NULL in a timestamp, and computes no virtual column meanwhile (1846).
        let is_timestamp = matches!(to.data_type, DataType::Timestamp(_));
        if !self.is_mysql() && from.nullable && (is_timestamp || self.has_indexed_virtual_column()) {
            return self.copy();
        }
        self.rebuild()
    }

    /// Predicts another position among the columns. MariaDB's rows need not be in that order.
    fn move_column(self) -> Cost {
        let is_instant = !self.is_mysql() && self.may_mix_rows() && !self.has_indexed_virtual_column();
        if is_instant { Cost::INSTANT } else { self.rebuild() }
    }
}

/// Whether the length of a text takes as many bytes with four bytes a character as with three: one up to 255, else two.
fn keeps_length_prefix(data_type: &DataType) -> bool {
    match data_type {
        DataType::Varchar(length) => (length.get() * 3 <= 255) == (length.get() * 4 <= 255),
        _ => true,
    }
}
