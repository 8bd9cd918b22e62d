//! What uses tables from outside: views, triggers, routines and events, whose text names what they use, and the foreign
//! keys of other databases.

use std::fmt;

use super::identifier::Identifier;

/// What may use the tables of one database, as far as the account can see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dependents {
    pub objects: Vec<Dependent>,
    pub keys: Vec<InboundKey>,
    /// Privileges on single tables and columns.
    pub grants: Vec<ObjectGrant>,
    /// Whether the privileges of other accounts are hidden from the account.
    pub grants_are_hidden: bool,
    /// Kinds of objects that the account can't see: `triggers (privilege TRIGGER)`.
    pub hidden: Vec<String>,
}

/// A view, trigger, routine or event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependent {
    pub kind: DependentKind,
    pub database: Identifier,
    pub name: Identifier,
    /// Its SQL; `None` where the server hides it from the account.
    pub text: Option<String>,
}

/// The kind of object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DependentKind {
    View,
    /// A trigger of this table of the same database.
    Trigger {
        table: Identifier,
    },
    Procedure,
    Function,
    /// A package of MariaDB's, or its body.
    Package,
    Event,
}

/// A foreign key of another database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundKey {
    pub database: Identifier,
    pub table: Identifier,
    pub name: Identifier,
    pub referenced_table: Identifier,
    pub referenced_columns: Vec<Identifier>,
}

/// A privilege on one table or column. Servers keep it by the name alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectGrant {
    /// The account or role, as the server writes it.
    pub grantee: String,
    pub table: Identifier,
    /// `None` where it is on the whole table.
    pub column: Option<Identifier>,
    pub privilege: String,
}

impl fmt::Display for DependentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::View => "view",
            Self::Trigger { .. } => "trigger",
            Self::Procedure => "procedure",
            Self::Function => "function",
            Self::Package => "package",
            Self::Event => "event",
        })
    }
}
