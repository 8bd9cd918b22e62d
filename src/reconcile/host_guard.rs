//! To which hosts that a server has named the operator may connect.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::mysql::Address;

/// Whether the operator may connect to a host that a server has named; else why not.
#[derive(Clone)]
pub struct HostGuard(Arc<dyn Fn(Address) -> BoxFuture<'static, Result<(), String>> + Send + Sync>);

impl HostGuard {
    pub fn new(check: impl Fn(Address) -> BoxFuture<'static, Result<(), String>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(check))
    }

    /// Whether the operator may connect to `address`; else why not.
    pub async fn check(&self, address: Address) -> Result<(), String> {
        (self.0)(address).await
    }

    /// The guard of a person's own terminal.
    pub fn all() -> Self {
        Self::new(|_| Box::pin(std::future::ready(Ok(()))))
    }
}

impl fmt::Debug for HostGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostGuard")
    }
}
