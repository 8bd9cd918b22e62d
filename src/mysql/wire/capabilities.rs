//! The capabilities that client and server agree on when they meet.

/// A set of capabilities, as the protocol numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities(u32);

impl Capabilities {
    const FOUND_ROWS: Self = Self(1 << 1);
    const CONNECT_WITH_DB: Self = Self(1 << 3);
    const IGNORE_SPACE: Self = Self(1 << 8);
    pub const PROTOCOL_41: Self = Self(1 << 9);
    pub const SSL: Self = Self(1 << 11);
    const TRANSACTIONS: Self = Self(1 << 13);
    pub const SECURE_CONNECTION: Self = Self(1 << 15);
    const MULTI_STATEMENTS: Self = Self(1 << 16);
    const MULTI_RESULTS: Self = Self(1 << 17);
    const PS_MULTI_RESULTS: Self = Self(1 << 18);
    pub const PLUGIN_AUTH: Self = Self(1 << 19);
    pub const COUNTED_AUTH: Self = Self(1 << 21);
    pub const DEPRECATE_EOF: Self = Self(1 << 24);

    /// What sqlx may use once it is logged in, and what it would ask a server for.
    const OF_STATEMENTS: Self = Self(
        Self::FOUND_ROWS.0
            | Self::IGNORE_SPACE.0
            | Self::PROTOCOL_41.0
            | Self::TRANSACTIONS.0
            | Self::MULTI_STATEMENTS.0
            | Self::MULTI_RESULTS.0
            | Self::PS_MULTI_RESULTS.0
            | Self::DEPRECATE_EOF.0,
    );

    /// What takes part in the login alone.
    const OF_LOGIN: Self =
        Self(Self::SECURE_CONNECTION.0 | Self::PLUGIN_AUTH.0 | Self::COUNTED_AUTH.0 | Self::CONNECT_WITH_DB.0);

    pub fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    pub fn bits(self) -> u32 {
        self.0
    }

    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns what to ask a server for that has these.
    pub fn to_ask_for(self, encrypted: bool, with_database: bool) -> Self {
        let mut wanted = Self::OF_STATEMENTS.0 | Self::OF_LOGIN.0;
        if encrypted {
            wanted |= Self::SSL.0;
        }
        if !with_database {
            wanted &= !Self::CONNECT_WITH_DB.0;
        }
        Self(self.0 & wanted)
    }

    /// Returns what of these sqlx is told of.
    pub fn for_statements(self) -> Self {
        Self(self.0 & Self::OF_STATEMENTS.0)
    }
}
