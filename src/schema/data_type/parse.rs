//! Reads types, both from a person's words and from the servers' `COLUMN_TYPE`.

use super::super::token::tokenize;
use super::arguments::{Arguments, number, optional, with_default};
use super::bounded::BoundedNumber;
use super::fault::{DataTypeFault, InvalidDataType};
use super::members::Members;
use super::reader::TypeReader;
use super::types::{DataType, IntegerWidth, LobSize, Sign, Spatial};

impl DataType {
    /// Reads a type: a person's words with all of MySQL's aliases, or what either server shows as `COLUMN_TYPE`.
    ///
    /// The national types (`NCHAR`, `NVARCHAR`) give their plain type: their character set is declared apart. MariaDB
    /// puts comments after a type, which are left out: `/* mariadb-5.3 */` for the storage format of a temporal type,
    /// and `/*M!100301 COMPRESSED*/`, which is [`Column::compressed`](super::super::Column).
    ///
    /// # Errors
    ///
    /// [`InvalidDataType`] for an unknown name, for numbers out of the type's range, for impossible members, for
    /// `SERIAL`, for `TEXT(n)` where `n` leaves the size to the character set, and for attributes that are not part of
    /// the type, naming the field to declare them in.
    pub fn parse(text: &str) -> Result<Self, InvalidDataType> {
        read(text).map_err(|fault| InvalidDataType { text: text.trim().to_owned(), fault })
    }
}

fn read(text: &str) -> Result<DataType, DataTypeFault> {
    let all = tokenize(text)?;
    let mut reader = TypeReader { tokens: &all };
    let name = reader.name()?;
    let arguments = reader.arguments()?;
    let data_type = named(&name, arguments, &mut reader)?;
    reader.end(&data_type)?;
    Ok(data_type)
}

fn named(name: &str, arguments: Arguments<'_>, reader: &mut TypeReader<'_, '_>) -> Result<DataType, DataTypeFault> {
    if let Some(width) = integer(name) {
        let display = optional(arguments.one()?, "display width")?;
        return Ok(DataType::Integer { width, display, sign: reader.sign() });
    }
    if let Some(spatial) = spatial(name) {
        return arguments.none(DataType::Spatial(spatial));
    }
    Ok(match name {
        "bool" | "boolean" => {
            arguments.none(())?;
            DataType::Integer { width: IntegerWidth::Tiny, display: BoundedNumber::new(1), sign: Sign::Signed }
        }
        "serial" => return Err(DataTypeFault::Serial),
        "decimal" | "dec" | "numeric" | "fixed" => {
            DataType::Decimal { digits: arguments.decimal()?, sign: reader.sign() }
        }
        "float" | "float4" => float(arguments, reader)?,
        "double" | "double precision" | "real" | "float8" => {
            DataType::Double { digits: arguments.digits()?, sign: reader.sign() }
        }
        "bit" => DataType::Bit(with_default(arguments.one()?, "length", 1)?),
        "date" => arguments.none(DataType::Date)?,
        "datetime" => DataType::DateTime(arguments.fsp()?),
        "timestamp" => DataType::Timestamp(arguments.fsp()?),
        "time" => DataType::Time(arguments.fsp()?),
        "year" => {
            optional::<4, 4>(arguments.one()?, "display width")?;
            DataType::Year
        }
        "char" => DataType::Char(with_default(arguments.one()?, "length", 1)?),
        "binary" => DataType::Binary(with_default(arguments.one()?, "length", 1)?),
        "varchar" | "varbinary" => {
            let length = optional(arguments.one()?, "length")?;
            let length = length.ok_or_else(|| DataTypeFault::NoLength(name.to_owned()))?;
            if name == "varchar" { DataType::Varchar(length) } else { DataType::Varbinary(length) }
        }
        "text" => DataType::Text(text_size(arguments.one()?)?),
        "blob" => DataType::Blob(blob_size(arguments.one()?)?),
        "tinytext" => arguments.none(DataType::Text(LobSize::Tiny))?,
        "mediumtext" => arguments.none(DataType::Text(LobSize::Medium))?,
        "longtext" => arguments.none(DataType::Text(LobSize::Long))?,
        "tinyblob" => arguments.none(DataType::Blob(LobSize::Tiny))?,
        "mediumblob" => arguments.none(DataType::Blob(LobSize::Medium))?,
        "longblob" => arguments.none(DataType::Blob(LobSize::Long))?,
        "enum" => DataType::Enum(Members::of_enum(arguments.strings()?)?),
        "set" => DataType::Set(Members::of_set(arguments.strings()?)?),
        "json" => arguments.none(DataType::Json)?,
        "vector" => DataType::Vector(with_default(arguments.one()?, "number of entries", 2_048)?),
        "inet4" => arguments.none(DataType::Inet4)?,
        "inet6" => arguments.none(DataType::Inet6)?,
        "uuid" => arguments.none(DataType::Uuid)?,
        _ => return Err(DataTypeFault::Unknown(name.to_owned())),
    })
}

fn integer(name: &str) -> Option<IntegerWidth> {
    Some(match name {
        "tinyint" | "int1" => IntegerWidth::Tiny,
        "smallint" | "int2" => IntegerWidth::Small,
        "mediumint" | "int3" | "middleint" => IntegerWidth::Medium,
        "int" | "integer" | "int4" => IntegerWidth::Int,
        "bigint" | "int8" => IntegerWidth::Big,
        _ => return None,
    })
}

/// Reads `FLOAT`, `FLOAT(p)`, which is a `DOUBLE` from 25 bits on, and `FLOAT(M,D)`.
fn float(arguments: Arguments<'_>, reader: &mut TypeReader<'_, '_>) -> Result<DataType, DataTypeFault> {
    if let Arguments::Numbers(numbers) = &arguments
        && let [bits] = numbers.as_slice()
    {
        let bits = number::<0, 53>(bits, "number of bits")?.get();
        let sign = reader.sign();
        let digits = None;
        return Ok(if bits > 24 { DataType::Double { digits, sign } } else { DataType::Float { digits, sign } });
    }
    Ok(DataType::Float { digits: arguments.digits()?, sign: reader.sign() })
}

fn spatial(name: &str) -> Option<Spatial> {
    Some(match name {
        "geometry" => Spatial::Geometry,
        "point" => Spatial::Point,
        "linestring" => Spatial::LineString,
        "polygon" => Spatial::Polygon,
        "multipoint" => Spatial::MultiPoint,
        "multilinestring" => Spatial::MultiLineString,
        "multipolygon" => Spatial::MultiPolygon,
        "geometrycollection" | "geomcollection" => Spatial::GeometryCollection,
        _ => return None,
    })
}

/// Reads the length of a `BLOB(n)`, which is the smallest type that holds so many bytes.
fn blob_size(length: Option<&str>) -> Result<LobSize, DataTypeFault> {
    let length = optional::<1, { u32::MAX }>(length, "length")?;
    Ok(length.and_then(|bytes| LobSize::holding(u64::from(bytes.get()))).unwrap_or(LobSize::Normal))
}

/// Reads the length of a `TEXT(n)`, which is the smallest type that holds so many characters. These take one to four
/// bytes each: where that makes a difference, a person has to choose.
fn text_size(length: Option<&str>) -> Result<LobSize, DataTypeFault> {
    let Some(length) = optional::<1, { u32::MAX }>(length, "length")? else {
        return Ok(LobSize::Normal);
    };
    let characters = u64::from(length.get());
    let narrow = LobSize::holding(characters).unwrap_or(LobSize::Long);
    let wide = LobSize::holding(characters * 4).unwrap_or(LobSize::Long);
    if narrow == wide {
        return Ok(narrow);
    }
    let name = |size| match size {
        LobSize::Tiny => "tinytext",
        LobSize::Normal => "text",
        LobSize::Medium => "mediumtext",
        LobSize::Long => "longtext",
    };
    Err(DataTypeFault::AmbiguousText { smaller: name(narrow), larger: name(wide) })
}
