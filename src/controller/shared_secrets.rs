//! Shares what was just read of a Secret among the resources that use it. What is older than a moment is let go.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Secret;

/// How old a Secret may be that another reconcile read.
const FRESH: Duration = Duration::from_secs(2);

/// The Secrets read last, by namespace and name.
#[derive(Debug, Default)]
pub struct SharedSecrets(Mutex<HashMap<(String, String), Arc<Place>>>);

/// Where one Secret is. Who reads it holds the lock meanwhile.
#[derive(Debug)]
struct Place {
    began: Instant,
    secret: tokio::sync::OnceCell<Secret>,
}

impl SharedSecrets {
    /// Returns a Secret that was just read, or reads it.
    ///
    /// # Errors
    /// As `read`; the next caller reads again.
    pub async fn get<E>(
        &self,
        namespace: &str,
        name: &str,
        read: impl Future<Output = Result<Secret, E>>,
    ) -> Result<Secret, E> {
        let place = self.place(namespace, name);
        place.secret.get_or_try_init(|| read).await.cloned()
    }

    /// Has the Secret read again by who asks next.
    pub fn forget(&self, namespace: &str, name: &str) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.remove(&(namespace.to_owned(), name.to_owned()));
    }

    fn place(&self, namespace: &str, name: &str) -> Arc<Place> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|_, place| place.began.elapsed() < FRESH);
        let place = || Arc::new(Place { began: Instant::now(), secret: tokio::sync::OnceCell::new() });
        places.entry((namespace.to_owned(), name.to_owned())).or_insert_with(place).clone()
    }
}
