//! Lists of what a SELECT asks for. Its text is made from the list, and its rows are read by the names in it, so that
//! the two can't disagree.

/// The position of a column in a result.
pub trait Position {
    /// Counted from 0.
    fn index(self) -> usize;
}

impl Position for usize {
    fn index(self) -> usize {
        self
    }
}

/// Declares an enum with a variant for each column of a SELECT, in their order. `select` joins their expressions, and
/// [`Row`](crate::mysql::Row) takes a variant where it reads a column: what is not in the list can't be read, and the
/// compiler warns of what is never read.
///
/// The parameters after the enum's name can be used in the expressions.
macro_rules! select_list {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident($($parameter:ident: $type:ty),*) {
            $($column:ident = $expression:expr,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy)]
        $visibility enum $name {
            $($column),+
        }

        impl $name {
            /// The columns as a SELECT names them.
            $visibility fn select($($parameter: $type),*) -> String {
                [$(String::from($expression)),+].join(", ")
            }
        }

        impl $crate::mysql::Position for $name {
            fn index(self) -> usize {
                self as usize
            }
        }
    };
}

pub(crate) use select_list;

#[cfg(test)]
mod tests {
    use super::Position;

    select_list! {
        enum Field(hidden: &str) {
            Name = "CAST(NAME AS CHAR)",
            Secret = format!("IF({hidden}, NULL, SECRET)"),
            Age = "AGE",
        }
    }

    #[test]
    fn each_column_is_read_at_the_place_where_it_is_selected() {
        let selected = Field::select("TRUE");
        assert_eq!(selected, "CAST(NAME AS CHAR), IF(TRUE, NULL, SECRET), AGE");
        let places = [Field::Name, Field::Secret, Field::Age].map(Position::index);
        assert_eq!(places, [0, 1, 2]);
    }
}
