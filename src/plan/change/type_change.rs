//! What a change of a column's type does to its values and to the table.

use crate::schema::{Column, DataType, Dialect, Flavor, IntegerWidth, LobSize, Sign, Spatial};

/// The kinds of change, from harmless to harmful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeChange {
    /// The types are one and the same.
    None,
    /// Every value stays as it is stored; only the dictionary changes.
    Dictionary,
    /// Members are added at the end of an enum or set, within its storage size.
    Appended,
    /// Every value fits the new type, and the server rewrites the rows.
    Wider,
    /// A value may not fit the new type.
    Narrower,
    /// Text becomes a number, a number a date: the server converts values, and the application may not expect it.
    Family,
}

/// Compares the types of two definitions of a column.
pub fn type_change(from: &Column, to: &Column, dialect: Dialect) -> TypeChange {
    let (old, new) = (from.data_type.canonical(dialect), to.data_type.canonical(dialect));
    if old == new {
        return TypeChange::None;
    }
    let fits = |fits: bool| if fits { TypeChange::Wider } else { TypeChange::Narrower };
    match (&old, &new) {
        (
            DataType::Integer { width: old_width, sign: old_sign, .. },
            DataType::Integer { width: new_width, sign: new_sign, .. },
        ) => integer(*old_width, *old_sign, *new_width, *new_sign),
        (DataType::Decimal { digits: old, sign: was }, DataType::Decimal { digits: new, sign: is }) => {
            let whole = |digits: &crate::schema::Decimal| digits.precision() - digits.scale();
            fits(whole(old) <= whole(new) && old.scale() <= new.scale() && sign_fits(*was, *is))
        }
        (DataType::Float { sign: was, .. }, DataType::Double { digits: None, sign: is })
        | (DataType::Float { sign: was, .. }, DataType::Float { digits: None, sign: is })
        | (DataType::Double { sign: was, .. }, DataType::Double { digits: None, sign: is }) => {
            fits(sign_fits(*was, *is))
        }
        (DataType::Float { .. } | DataType::Double { .. }, DataType::Float { .. } | DataType::Double { .. }) => {
            TypeChange::Narrower
        }
        (DataType::Bit(old), DataType::Bit(new)) => fits(old <= new),
        (DataType::DateTime(old), DataType::DateTime(new))
        | (DataType::Timestamp(old), DataType::Timestamp(new))
        | (DataType::Time(old), DataType::Time(new)) => fits(old <= new),
        (DataType::Varchar(old), DataType::Varchar(new)) => {
            varchar(old.get(), new.get(), bytes_per_character(from), dialect)
        }
        (DataType::Varbinary(old), DataType::Varbinary(new)) => varchar(old.get(), new.get(), 1, dialect),
        (DataType::Char(old), DataType::Char(new)) => fits(old <= new),
        // BINARY is padded to its length: a longer one holds other values.
        (DataType::Binary(_), DataType::Binary(_)) => TypeChange::Family,
        (DataType::Char(old), DataType::Varchar(new)) => fits(old.get() <= new.get()),
        (DataType::Text(old), DataType::Text(new)) | (DataType::Blob(old), DataType::Blob(new)) => fits(old <= new),
        (DataType::Char(old), DataType::Text(new)) => text(old.get(), bytes_per_character(from), *new),
        (DataType::Varchar(old), DataType::Text(new)) => text(old.get(), bytes_per_character(from), *new),
        (DataType::Binary(old), DataType::Varbinary(new)) => fits(old.get() <= new.get()),
        (DataType::Binary(old), DataType::Blob(new)) => text(old.get(), 1, *new),
        (DataType::Varbinary(old), DataType::Blob(new)) => text(old.get(), 1, *new),
        // MariaDB stores every geometry alike (tried on 10.11 and 11.8).
        (DataType::Spatial(_), DataType::Spatial(Spatial::Geometry)) if dialect.is_mariadb() => TypeChange::Dictionary,
        (DataType::Spatial(_), DataType::Spatial(Spatial::Geometry)) => TypeChange::Wider,
        (DataType::Enum(old), DataType::Enum(new)) => members(old.as_slice(), new.as_slice(), 255),
        (DataType::Set(old), DataType::Set(new)) => members(old.as_slice(), new.as_slice(), 8),
        _ => TypeChange::Family,
    }
}

/// Whether a member of an enum or set gets another number: one that stays is not at its place. A number that no member
/// has afterwards finds no row, which a narrower type says.
pub fn renumbers_members(from: &DataType, to: &DataType) -> bool {
    let ((DataType::Enum(old), DataType::Enum(new)) | (DataType::Set(old), DataType::Set(new))) = (from, to) else {
        return false;
    };
    let place = |member: &String| new.as_slice().iter().position(|other| other == member);
    old.as_slice().iter().enumerate().any(|(at, member)| place(member).is_some_and(|place| place != at))
}

fn sign_fits(old: Sign, new: Sign) -> bool {
    new == Sign::Signed && old == Sign::Signed || old != Sign::Signed
}

fn integer(old_width: IntegerWidth, old_sign: Sign, new_width: IntegerWidth, new_sign: Sign) -> TypeChange {
    let (was_signed, is_signed) = (old_sign == Sign::Signed, new_sign == Sign::Signed);
    let fits = match (was_signed, is_signed) {
        (true, true) | (false, false) => old_width <= new_width,
        (false, true) => old_width < new_width,
        (true, false) => false,
    };
    match (fits, old_width == new_width && was_signed == is_signed) {
        // Only the display of the number changes.
        (true, true) => TypeChange::Dictionary,
        (true, false) => TypeChange::Wider,
        (false, _) => TypeChange::Narrower,
    }
}

/// Compares two lengths. A longer `VARCHAR` changes the dictionary alone while its length takes as many bytes to store:
/// one up to 255 bytes of text, else two (MySQL 9 manual, "Extending VARCHAR column size"). MariaDB's InnoDB also goes
/// from at most 127 bytes to any length (tried on 10.11).
fn varchar(old: u32, new: u32, bytes_per_character: u32, dialect: Dialect) -> TypeChange {
    let (old_bytes, new_bytes) = (old * bytes_per_character, new * bytes_per_character);
    let same_prefix = (old_bytes <= 255) == (new_bytes <= 255);
    let grows_freely = dialect.flavor == Flavor::MariaDb && old_bytes <= 127;
    match (new >= old, same_prefix || grows_freely) {
        (true, true) => TypeChange::Dictionary,
        (true, false) => TypeChange::Wider,
        (false, _) => TypeChange::Narrower,
    }
}

fn text(characters: u32, bytes_per_character: u32, size: LobSize) -> TypeChange {
    let bytes = u64::from(characters) * u64::from(bytes_per_character);
    if bytes <= size.max_bytes() { TypeChange::Wider } else { TypeChange::Narrower }
}

/// Compares the members of an enum or set. `one_byte` members take one byte: 255 of an enum, 8 of a set.
fn members(old: &[String], new: &[String], one_byte: usize) -> TypeChange {
    let appended = new.len() >= old.len() && old.iter().zip(new).all(|(old, new)| old == new);
    let same_size = match one_byte {
        8 => old.len().div_ceil(8) == new.len().div_ceil(8),
        limit => (old.len() <= limit) == (new.len() <= limit),
    };
    match (appended, same_size, old.iter().all(|member| new.contains(member))) {
        (true, true, _) => TypeChange::Appended,
        (_, _, true) => TypeChange::Wider,
        _ => TypeChange::Narrower,
    }
}

/// Returns the most bytes that one character takes.
fn bytes_per_character(column: &Column) -> u32 {
    match column.charset.as_deref() {
        Some(
            "latin1" | "ascii" | "binary" | "latin2" | "latin7" | "cp1250" | "cp1251" | "cp1252" | "cp850" | "koi8r",
        ) => 1,
        Some("utf8" | "utf8mb3") => 3,
        Some("ucs2" | "sjis" | "cp932" | "gbk" | "big5" | "euckr" | "gb2312") => 2,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Identifier;

    fn column(data_type: &str) -> Column {
        let column = Column::new(Identifier::new("c").unwrap(), DataType::parse(data_type).unwrap());
        Column { charset: Some("utf8mb4".into()), ..column }
    }

    #[test]
    fn transitions() {
        use TypeChange::{Appended, Dictionary, Family, Narrower, None, Wider};
        let mysql = Dialect { flavor: Flavor::MySql, version: (9, 7, 4), clustered: false };
        let cases = [
            ("int", "integer", None),
            ("int(11)", "int", None),
            ("int", "bigint", Wider),
            ("bigint", "int", Narrower),
            ("int", "int unsigned", Narrower),
            ("int unsigned", "bigint", Wider),
            ("int unsigned", "int", Narrower),
            ("int", "varchar(20)", Family),
            ("varchar(20)", "varchar(63)", Dictionary),
            ("varchar(63)", "varchar(64)", Wider),
            ("varchar(64)", "varchar(255)", Dictionary),
            ("varchar(64)", "varchar(63)", Narrower),
            ("varchar(255)", "text", Wider),
            ("varchar(255)", "tinytext", Narrower),
            ("text", "longtext", Wider),
            ("longtext", "text", Narrower),
            ("char(3)", "char(2)", Narrower),
            ("decimal(10,2)", "decimal(12,2)", Wider),
            ("decimal(10,2)", "decimal(10,4)", Narrower),
            ("float", "double", Wider),
            ("double", "float", Narrower),
            ("datetime", "datetime(3)", Wider),
            ("datetime(3)", "datetime", Narrower),
            ("datetime", "timestamp", Family),
            ("enum('a','b')", "enum('a','b','c')", Appended),
            ("enum('a','b')", "enum('b','a')", Wider),
            ("enum('a','b')", "enum('a')", Narrower),
            ("set('1','2','3','4','5','6','7','8')", "set('1','2','3','4','5','6','7','8','9')", Wider),
            ("json", "longtext", Family),
            ("binary(4)", "binary(8)", Family),
            ("binary(4)", "varbinary(8)", Wider),
            ("binary(4)", "blob", Wider),
            ("char(10)", "text", Wider),
            ("char(100)", "tinytext", Narrower),
            ("point", "geometry", Wider),
            ("geometry", "point", Family),
        ];
        for (from, to, expected) in cases {
            assert_eq!(type_change(&column(from), &column(to), mysql), expected, "{from} -> {to}");
        }
    }

    #[test]
    fn mariadb_lengthens_short_text_in_the_dictionary() {
        let mariadb = Dialect { flavor: Flavor::MariaDb, version: (10, 11, 19), clustered: false };
        assert_eq!(type_change(&column("varchar(10)"), &column("varchar(300)"), mariadb), TypeChange::Dictionary);
        assert_eq!(type_change(&column("varchar(50)"), &column("varchar(255)"), mariadb), TypeChange::Wider);
    }
}
