//! The bounds of the strings in a spec, each named once.
//!
//! The API server estimates what a CEL rule may cost from the longest list and string that the schema permits, and
//! refuses a definition that may cost too much: so everything in a spec is bounded. A field with `#[schemars(with =
//! "Option<Name>")]` has these bounds in the schema, and is a plain `String` in Rust.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use super::duration::PATTERN as DURATION_PATTERN;

/// Declares a type that gives a bounded string to the schema, and is never constructed.
macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident, $($keyword:literal: $value:expr),+ $(,)?) => {
        $(#[$doc])*
        pub enum $name {}

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", $($keyword: $value),+ })
            }
        }
    };
}

bounded!(
    /// The name of a database, table, column, index or constraint: MySQL's 64 characters, with no blank at the end.
    Name,
    "minLength": 1,
    "maxLength": 64,
    "pattern": r"^[^\x00-\x1f]*[^\x00-\x20]$",
);

bounded!(
    /// One of MySQL's own words: a character set, a collation, an engine, a parser.
    Word,
    "minLength": 1,
    "maxLength": 64,
    "pattern": "^[A-Za-z0-9_]+$",
);

bounded!(
    /// A revision, as the application or its migration tool writes it.
    Revision,
    "minLength": 1,
    "maxLength": 128,
    "pattern": r"^\S+$",
);

bounded!(
    /// A version of Flyway's: numbers between dots or underscores.
    FlywayVersion,
    "minLength": 1,
    "maxLength": 50,
    "pattern": r"^[0-9]+([._][0-9]+)*$",
);

bounded!(
    /// A change set of Liquibase's: file, id and author.
    ChangeSet,
    "minLength": 1,
    "maxLength": 512,
    "pattern": r"^[^\x00-\x1f]+$",
);

bounded!(
    /// A migration's number, as Rails and golang-migrate have them.
    MigrationNumber,
    "minLength": 1,
    "maxLength": 20,
    "pattern": "^[0-9]+$",
);

bounded!(
    /// A migration of Django's: app and name.
    DjangoMigration,
    "minLength": 1,
    "maxLength": 255,
    "pattern": r"^[^.\s]+[.]\S+$",
);

bounded!(
    /// The name of a migration, as Prisma has them.
    MigrationName,
    "minLength": 1,
    "maxLength": 255,
    "pattern": r"^\S+$",
);

bounded!(
    /// A data type with its length, values and attributes. An `enum` may have many values.
    TypeText,
    "minLength": 1,
    "maxLength": 65535,
);

bounded!(
    /// A literal, without quotes around it.
    Literal,
    "maxLength": 65535,
);

bounded!(
    /// An SQL expression.
    ExpressionText,
    "minLength": 1,
    "maxLength": 16384,
);

bounded!(
    /// A key part: a column with a prefix length and an order, or an expression in parentheses.
    KeyPartText,
    "minLength": 1,
    "maxLength": 1024,
);

bounded!(
    /// The function that a column is set to at each update of its row.
    OnUpdateText,
    "maxLength": 32,
    "pattern": r"^(?i:current_timestamp)(\([0-6]?\))?$",
);

bounded!(
    /// The comment of a column or an index, with MySQL's limit.
    Comment,
    "maxLength": 1024,
);

bounded!(
    /// The comment of a table, with MySQL's limit.
    TableComment,
    "maxLength": 2048,
);

bounded!(
    /// The name of a Secret or a ConfigMap.
    ObjectName,
    "minLength": 1,
    "maxLength": 253,
    "pattern": r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
);

bounded!(
    /// A key of a Secret or a ConfigMap.
    DataKey,
    "minLength": 1,
    "maxLength": 253,
    "pattern": r"^[-._a-zA-Z0-9]+$",
);

bounded!(
    /// A host name or address.
    HostName,
    "minLength": 1,
    "maxLength": 253,
    "pattern": r"^[-._:\[\]A-Za-z0-9]+$",
);

bounded!(
    /// The user name of an account: MariaDB's 128 characters.
    UserName,
    "minLength": 1,
    "maxLength": 128,
    "pattern": r"^[^\x00-\x1f\x7f]+$",
);

bounded!(
    /// A duration in hours, minutes and seconds. It has one rule, so that a mistake gets one message.
    DurationText,
    "maxLength": 20,
    "x-kubernetes-validations": json!([{
        "rule": format!(
            "self != '' && self.matches('{DURATION_PATTERN}') \
             && duration(self) >= duration('1s') && duration(self) <= duration('720h')"
        ),
        "message": "must be hours, minutes and seconds from 1s to 720h, such as 30s, 5m or 1h30m",
    }]),
);

bounded!(
    /// A duration for which a connection may be waited for: others wait for the same places.
    ConnectTimeoutText,
    "maxLength": 20,
    "x-kubernetes-validations": json!([{
        "rule": format!(
            "self != '' && self.matches('{DURATION_PATTERN}') \
             && duration(self) >= duration('1s') && duration(self) <= duration('60s')"
        ),
        "message": "must be minutes and seconds from 1s to 60s, such as 10s or 1m",
    }]),
);
