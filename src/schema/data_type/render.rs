//! Writes types as SQL.

use std::fmt;

use super::super::quote_literal;
use super::bounded::Digits;
use super::members::Members;
use super::types::{DataType, Fsp, IntegerWidth, LobSize, Sign, Spatial};

impl DataType {
    /// Writes the type as SQL that both servers take, in lower case and without aliases; [`DataType::parse`] reads it
    /// back.
    #[must_use]
    pub fn render(&self) -> String {
        match self {
            Self::Integer { width, display, sign } => {
                let display = display.map_or_else(String::new, |display| format!("({})", display.get()));
                format!("{}{display}{}", integer(*width), suffix(*sign))
            }
            Self::Decimal { digits, sign } => {
                format!("decimal({},{}){}", digits.precision(), digits.scale(), suffix(*sign))
            }
            Self::Float { digits, sign } => format!("float{}{}", rounded(*digits), suffix(*sign)),
            Self::Double { digits, sign } => format!("double{}{}", rounded(*digits), suffix(*sign)),
            Self::Bit(length) => format!("bit({})", length.get()),
            Self::Date => "date".to_owned(),
            Self::DateTime(fsp) => temporal("datetime", *fsp),
            Self::Timestamp(fsp) => temporal("timestamp", *fsp),
            Self::Time(fsp) => temporal("time", *fsp),
            Self::Year => "year".to_owned(),
            Self::Char(length) => format!("char({})", length.get()),
            Self::Varchar(length) => format!("varchar({})", length.get()),
            Self::Binary(length) => format!("binary({})", length.get()),
            Self::Varbinary(length) => format!("varbinary({})", length.get()),
            Self::Text(size) => format!("{}text", lob(*size)),
            Self::Blob(size) => format!("{}blob", lob(*size)),
            Self::Enum(members) => format!("enum({})", list(members)),
            Self::Set(members) => format!("set({})", list(members)),
            Self::Json => "json".to_owned(),
            Self::Spatial(spatial) => spatial_name(*spatial).to_owned(),
            Self::Vector(length) => format!("vector({})", length.get()),
            Self::Inet4 => "inet4".to_owned(),
            Self::Inet6 => "inet6".to_owned(),
            Self::Uuid => "uuid".to_owned(),
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render())
    }
}

fn integer(width: IntegerWidth) -> &'static str {
    match width {
        IntegerWidth::Tiny => "tinyint",
        IntegerWidth::Small => "smallint",
        IntegerWidth::Medium => "mediumint",
        IntegerWidth::Int => "int",
        IntegerWidth::Big => "bigint",
    }
}

fn suffix(sign: Sign) -> &'static str {
    match sign {
        Sign::Signed => "",
        Sign::Unsigned => " unsigned",
        Sign::Zerofill => " unsigned zerofill",
    }
}

fn rounded(digits: Option<Digits>) -> String {
    digits.map_or_else(String::new, |digits| format!("({},{})", digits.total(), digits.fraction()))
}

fn temporal(name: &str, fsp: Fsp) -> String {
    match fsp.get() {
        0 => name.to_owned(),
        digits => format!("{name}({digits})"),
    }
}

fn lob(size: LobSize) -> &'static str {
    match size {
        LobSize::Tiny => "tiny",
        LobSize::Normal => "",
        LobSize::Medium => "medium",
        LobSize::Long => "long",
    }
}

fn list(members: &Members) -> String {
    let members: Vec<String> = members.as_slice().iter().map(|member| quote_literal(member)).collect();
    members.join(",")
}

fn spatial_name(spatial: Spatial) -> &'static str {
    match spatial {
        Spatial::Geometry => "geometry",
        Spatial::Point => "point",
        Spatial::LineString => "linestring",
        Spatial::Polygon => "polygon",
        Spatial::MultiPoint => "multipoint",
        Spatial::MultiLineString => "multilinestring",
        Spatial::MultiPolygon => "multipolygon",
        Spatial::GeometryCollection => "geometrycollection",
    }
}
