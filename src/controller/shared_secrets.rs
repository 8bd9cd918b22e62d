//! Shares what was just read of a Secret among the resources that use it. What is older than a moment is let go.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt;
use parking_lot::Mutex;
use zeroize::Zeroizing;

/// How old a Secret may be that another reconcile read.
const FRESH: Duration = Duration::from_secs(2);

/// What a Secret holds. It is never shown, and wiped when nobody uses it any more.
#[derive(Default)]
pub struct SecretContent {
    pub labels: BTreeMap<String, String>,
    pub values: BTreeMap<String, Zeroizing<Vec<u8>>>,
}

/// The Secrets read last, by namespace and name.
#[derive(Debug, Default)]
pub struct SharedSecrets(Mutex<HashMap<(String, String), Arc<Place>>>);

/// Where one Secret is. Who reads it holds the lock meanwhile.
#[derive(Debug)]
struct Place {
    began: Instant,
    secret: tokio::sync::OnceCell<Arc<SecretContent>>,
}

impl From<Secret> for SecretContent {
    fn from(mut secret: Secret) -> Self {
        let labels = std::mem::take(secret.labels_mut());
        let values = secret.data.unwrap_or_default().into_iter();
        Self { labels, values: values.map(|(key, value)| (key, Zeroizing::new(value.0))).collect() }
    }
}

impl fmt::Debug for SecretContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretContent(***)")
    }
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
    ) -> Result<Arc<SecretContent>, E> {
        let place = self.place(namespace, name);
        let read = Box::pin(async { Ok(Arc::new(SecretContent::from(read.await?))) });
        place.secret.get_or_try_init(|| read).await.cloned()
    }

    /// Has the Secret read again by who asks next.
    pub fn forget(&self, namespace: &str, name: &str) {
        let mut places = self.0.lock();
        places.remove(&(namespace.to_owned(), name.to_owned()));
    }

    fn place(&self, namespace: &str, name: &str) -> Arc<Place> {
        let mut places = self.0.lock();
        places.retain(|_, place| place.began.elapsed() < FRESH);
        let place = || Arc::new(Place { began: Instant::now(), secret: tokio::sync::OnceCell::new() });
        places.entry((namespace.to_owned(), name.to_owned())).or_insert_with(place).clone()
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::ByteString;

    use super::*;

    #[tokio::test]
    async fn what_is_shared_is_not_printed() {
        let secret = Secret {
            data: Some([("password".to_owned(), ByteString(b"hunter2".to_vec()))].into()),
            ..Secret::default()
        };
        let secrets = SharedSecrets::default();
        let content = secrets.get("ns", "db", async { Ok::<_, ()>(secret) }).await.unwrap();
        assert_eq!(content.values["password"].as_slice(), b"hunter2");
        let bytes = format!("{:?}", b"hunter2");
        for text in [format!("{secrets:?}"), format!("{content:?}")] {
            assert!(!text.contains("hunter2") && !text.contains(bytes.trim_matches(['[', ']'])), "{text}");
        }
    }
}
