//! Makes a request of a resource: reads the Secret and the ConfigMap that it refers to, and checks what they hold.

use std::fmt::Debug;
use std::sync::Arc;

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{ConfigMap, Secret as KubeSecret};
use k8s_openapi::jiff::Timestamp;
use kube::{Api, ResourceExt};
use serde::de::DeserializeOwned;

use super::consent;
use super::context::{Context, call};
use super::shared_secrets::SecretContent;
use super::status::{ConditionType, reason_of};
use super::status_notes::StatusNotes;
use crate::api::{ConfigMapKeyRef, Connection, DatabaseSchema, DatabaseSchemaStatus, Ddl, Reason, TlsMode};
use crate::declare::{Script, Source, refusals};
use crate::mysql::{Address, ClientCertificate, Login, Secret, Tls, User};
use crate::reconcile::{
    Approval, Asker, FailedStep, Intent, NotReady, PriorState, Request, Witness, reason_of_failure,
};
use crate::record::Owner;

/// MySQL's port, where neither the spec nor the Secret names one.
const DEFAULT_PORT: u16 = 3306;

/// The label by which the owner of a Secret says that resources may use it as a login, whatever its keys are.
const CREDENTIALS_LABEL: &str = "schema-operator.dev/credentials";

/// Makes the request of a resource with this status.
///
/// # Errors
/// What in the spec can't be read or is not supported; a Secret that is missing or incomplete; a host that is not
/// allowed.
pub async fn dereference(
    context: &Context,
    resource: &DatabaseSchema,
    status: Option<&DatabaseSchemaStatus>,
) -> Result<Request<Source>, NotReady> {
    // The spec comes first: what is wrong with it does not depend on what the cluster holds.
    let intent = Intent::from_spec(&resource.spec, script(context, resource).await?)?;
    let asker = read_asker(context, resource, status).await?;
    let approval = consent::approval(resource, status, Timestamp::now());
    let prior = PriorState {
        failed_steps: status.map(|status| failed_steps(status, resource, approval.as_ref())).unwrap_or_default(),
        was_in_sync: status.is_some_and(|status| was_in_sync(status, resource)),
        refused_plan: status.and_then(|status| refused_plan(status, resource)),
        approval,
        rejection: consent::rejection(resource, status, Timestamp::now()),
    };
    Ok(Request { prior, ..intent.request(asker) })
}

/// Reads the identity of a resource, and how its server is reached.
///
/// # Errors
/// A Secret that is missing or incomplete; a host that is not allowed.
pub async fn read_asker(
    context: &Context,
    resource: &DatabaseSchema,
    status: Option<&DatabaseSchemaStatus>,
) -> Result<Asker, NotReady> {
    let login = login(context, resource, &resource.spec.connection).await?;
    let mut replicas = Vec::new();
    for replica in resource.spec.policy.replicas() {
        replicas.push(self::login(context, resource, &replica.connection()).await?);
    }
    let uid = resource.uid().unwrap_or_default();
    let owner = Owner {
        cluster: context.cluster_id().await?,
        resource: format!("{}/{}", resource.namespace().unwrap_or_default(), resource.name_any()),
        uid: uid.clone(),
    };
    let live_resources = context.live_resources.get().cloned().unwrap_or_default();
    let witness = Witness::Notes(Arc::new(StatusNotes::new(context, &resource.metadata, status)));
    Ok(Asker { uid, owner, login, replicas, live_resources, witness })
}

/// Returns whether this spec was in sync when it was last measured, or has been reported as drifted since.
fn was_in_sync(status: &DatabaseSchemaStatus, resource: &DatabaseSchema) -> bool {
    ConditionType::InSync.find(&status.conditions).is_some_and(|condition| {
        condition.observed_generation == resource.metadata.generation
            && (condition.status == "True" || reason_of(condition) == Some(Reason::Drifted))
    })
}

/// Returns the steps that failed since the spec and the approval are as they are.
fn failed_steps(
    status: &DatabaseSchemaStatus,
    resource: &DatabaseSchema,
    approval: Option<&Approval>,
) -> Vec<FailedStep> {
    let is_new = approval.is_some_and(|approval| approval.is_new);
    if is_new || status.observed_generation != resource.metadata.generation {
        return Vec::new();
    }
    let failed = status.failed_steps.iter().map(|failed| FailedStep {
        step_id: failed.id.clone(),
        failure: NotReady::new(reason_of_failure(&failed.reason), failed.message.clone()),
        runs_again: failed.runs_again,
    });
    failed.collect()
}

/// Returns the id of the plan that this status reports as refused, unless a person rejected it.
fn refused_plan(status: &DatabaseSchemaStatus, resource: &DatabaseSchema) -> Option<String> {
    let ready = ConditionType::Ready.find(&status.conditions)?;
    let is_refused =
        reason_of(ready) == Some(Reason::PlanRefused) && ready.observed_generation == resource.metadata.generation;
    status.plan.as_ref().filter(|plan| is_refused && plan.rejected_by.is_none()).map(|plan| plan.id.clone())
}

/// Reads the text that `spec.ddl` holds or refers to.
async fn script(context: &Context, resource: &DatabaseSchema) -> Result<Option<Script>, NotReady> {
    match &resource.spec.ddl {
        None => Ok(None),
        Some(Ddl::Inline(text)) => match Script::parse(text) {
            Ok(script) => Ok(Some(script)),
            Err(faults) => Err(NotReady::from_refusals(&refusals(&faults))),
        },
        Some(Ddl::ConfigMapRef(reference)) => config_map(context, resource, reference).await.map(Some),
    }
}

/// Reads the text in a ConfigMap each time: a ConfigMap that is deleted and created again may hold another text.
async fn config_map(
    context: &Context,
    resource: &DatabaseSchema,
    reference: &ConfigMapKeyRef,
) -> Result<Script, NotReady> {
    let name = &reference.name;
    let map: ConfigMap = get(context, resource, name, Reason::ConfigMapNotFound).await?;
    read_config_map(&map, reference)
        .map_err(|problem| NotReady::new(Reason::ConfigMapInvalid, format!("ConfigMap {name} {problem}")))
}

/// Reads an object of the resource's namespace, or says why not: `missing` is the reason where it is not there, or hidden.
async fn get<K>(context: &Context, resource: &DatabaseSchema, name: &str, missing: Reason) -> Result<K, NotReady>
where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
{
    let kind = K::kind(&());
    let namespace = resource.namespace().unwrap_or_default();
    let objects: Api<K> = Api::namespaced(context.client.clone(), &namespace);
    match call(objects.get_opt(name)).await {
        Ok(Some(object)) => Ok(object),
        Ok(None) => {
            Err(NotReady::new(missing, format!("there is no {kind} {name} in namespace {namespace}; create it")))
        }
        Err(error) if error.is_forbidden() => {
            let message = format!("the operator may not read {kind} {name} in namespace {namespace}: {error}");
            Err(NotReady::new(missing, message))
        }
        Err(error) => Err(NotReady::new(Reason::KubernetesUnavailable, format!("reading {kind} {name}: {error}"))),
    }
}

/// Reads a ConfigMap that is immutable: a mutable one has no generation, so Ready could not tell which text it is about.
fn read_config_map(map: &ConfigMap, reference: &ConfigMapKeyRef) -> Result<Script, String> {
    if map.immutable != Some(true) {
        return Err("is mutable; spec.ddl takes one with immutable: true, under a new name for each change".to_owned());
    }
    let key = &reference.key;
    let text = map.data.as_ref().and_then(|data| data.get(key));
    let text = text.ok_or_else(|| format!("has no key {key} that holds text"))?;
    Script::parse(text).map_err(|faults| {
        let faults: Vec<String> = faults.iter().take(10).map(ToString::to_string).collect();
        format!("can't be used, key {key}: {}", faults.join("; "))
    })
}

/// Reads a login, for a host that is allowed.
async fn login(context: &Context, resource: &DatabaseSchema, connection: &Connection) -> Result<Login, NotReady> {
    let name = &connection.secret_ref.name;
    let namespace = resource.namespace().unwrap_or_default();
    let read = get::<KubeSecret>(context, resource, name, Reason::SecretNotFound);
    let secret = context.secrets.get(&namespace, name, read).await?;
    let login = read_login(connection, &NamedSecret { name, content: &secret })?;
    context.hosts.check_name(&login.address)?;
    Ok(login)
}

fn read_login(connection: &Connection, secret: &NamedSecret<'_>) -> Result<Login, NotReady> {
    secret.check_use(connection)?;
    let keys = &connection.secret_ref.keys;
    let client = match (secret.optional(keys.certificate())?, secret.optional(keys.private_key())?) {
        (Some(certificate), Some(key)) => Some(ClientCertificate { certificate, key: Secret::new(key) }),
        (None, None) => None,
        (Some(_), None) => {
            return Err(secret.invalid(keys.private_key(), "is missing; a certificate needs its private key"));
        }
        (None, Some(_)) => {
            return Err(secret.invalid(keys.certificate(), "is missing; a private key needs its certificate"));
        }
    };
    let connect_timeout = connection
        .connect_timeout()
        .map_err(|error| NotReady::new(Reason::InvalidSpec, format!("spec.connection.connectTimeout: {error}")))?;
    Ok(Login {
        address: read_address(connection, secret)?,
        user: match &connection.username {
            Some(user) => User::public(user),
            None => User::of_secret(secret.required(keys.username())?),
        },
        password: Secret::new(secret.password(keys.password())?),
        tls: match connection.tls {
            TlsMode::Disabled => Tls::Disabled,
            TlsMode::Preferred => Tls::Preferred,
            TlsMode::Required => Tls::Required,
            TlsMode::VerifyCA => Tls::VerifyCa,
            TlsMode::VerifyIdentity => Tls::VerifyIdentity,
        },
        ca: secret.optional(keys.ca())?,
        client,
        connect_timeout,
    })
}

/// Reads host and port. Texts call the server by them only where the spec has them.
fn read_address(connection: &Connection, secret: &NamedSecret<'_>) -> Result<Address, NotReady> {
    let keys = &connection.secret_ref.keys;
    let (host, port) = (&connection.host, connection.port);
    let port = match (port, secret.optional(keys.port())?) {
        (Some(port), _) => port,
        (None, None) => DEFAULT_PORT,
        (None, Some(text)) => match text.parse() {
            Ok(port) if port > 0 => port,
            _ => return Err(secret.invalid(keys.port(), "is not a port number from 1 to 65535")),
        },
    };
    let bare = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_owned();
    if let Some(host) = host {
        return Ok(Address::new(bare(host), port));
    }
    let host = secret.required(keys.host())?;
    if host.is_empty() || host.len() > 253 || host.contains(|c: char| c.is_whitespace() || "/@?#,".contains(c)) {
        return Err(secret.invalid(keys.host(), "is not a host name or address"));
    }
    Ok(Address::named(bare(&host), port, format!("the host of Secret {}", secret.name)))
}

/// A Secret with its name. Its messages name keys that are asked for, never values, nor which others there are.
struct NamedSecret<'a> {
    name: &'a str,
    content: &'a SecretContent,
}

impl NamedSecret<'_> {
    /// Checks that a resource may use the Secret as it wants to. Who may write a resource need not be one who may read
    /// Secrets: so by itself only a Secret that looks like a login is used, and for the server that it names.
    fn check_use(&self, connection: &Connection) -> Result<(), NotReady> {
        let Connection { secret_ref, host, port, username, tls: _, connect_timeout: _ } = connection;
        let is_plain = secret_ref.keys.is_default() && host.is_none() && port.is_none() && username.is_none();
        // Whoever may change the Secret has said that it is a login.
        let is_labelled = self.content.labels.get(CREDENTIALS_LABEL).is_some_and(|value| value == "true");
        if !is_plain && !is_labelled {
            let message = format!(
                "Secret {} lacks the label {CREDENTIALS_LABEL}: \"true\", by which its owner permits keys, host, port \
                 and username in spec.connection; label it, or leave these out",
                self.name
            );
            return Err(NotReady::new(Reason::SecretInvalid, message));
        }
        for (value, key, field) in [
            (host.is_some(), secret_ref.keys.host(), "host"),
            (port.is_some(), secret_ref.keys.port(), "port"),
            (username.is_some(), secret_ref.keys.username(), "username"),
        ] {
            if value && self.content.values.contains_key(key) {
                let problem = format!("and spec.connection.{field} both say it; remove one of them");
                return Err(self.invalid(key, &problem));
            }
        }
        Ok(())
    }

    /// Returns a value as text, without the line end that an editor or `echo` leaves.
    fn optional(&self, key: &str) -> Result<Option<String>, NotReady> {
        let Some(bytes) = self.content.values.get(key) else { return Ok(None) };
        let text = std::str::from_utf8(bytes).map_err(|_| self.invalid(key, "is not UTF-8"))?;
        Ok(Some(text.trim().to_owned()))
    }

    fn required(&self, key: &str) -> Result<String, NotReady> {
        match self.optional(key)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(self.invalid(key, "is empty")),
            None => Err(self.invalid(key, "is missing")),
        }
    }

    /// Returns a password, which may begin or end with a blank: only the end of the line is cut.
    fn password(&self, key: &str) -> Result<String, NotReady> {
        let bytes = self.content.values.get(key).ok_or_else(|| self.invalid(key, "is missing"))?;
        let text = std::str::from_utf8(bytes).map_err(|_| self.invalid(key, "is not UTF-8"))?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn invalid(&self, key: &str, problem: &str) -> NotReady {
        NotReady::new(Reason::SecretInvalid, format!("key {key} of Secret {} {problem}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{SecretKeys, SecretRef};

    const WHOLE: [(&str, &str); 3] = [("host", "db.example.com\n"), ("username", "app"), ("password", " p@ss/#\n")];

    fn connection() -> Connection {
        Connection::by_secret("db".into())
    }

    fn read(connection: &Connection, is_labelled: bool, values: &[(&str, &str)]) -> Result<Login, NotReady> {
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec().into()));
        let labels = is_labelled.then(|| (CREDENTIALS_LABEL.to_owned(), "true".to_owned()));
        let content = SecretContent { labels: labels.into_iter().collect(), values: values.collect() };
        read_login(connection, &NamedSecret { name: "db", content: &content })
    }

    #[test]
    fn a_port_has_a_default_and_line_ends_are_cut() {
        let login = read(&connection(), false, &WHOLE).unwrap();
        assert_eq!(login.address, Address::new("db.example.com", 3306));
        assert_eq!(login.password.reveal(), " p@ss/#");
    }

    #[test]
    fn messages_name_the_key_and_no_value() {
        let cases: [(&[(&str, &str)], &str); 4] = [
            (&[("username", "app"), ("password", "hunter2")], "key host of Secret db is missing"),
            (&[("host", "a b"), ("username", "app"), ("password", "hunter2")], "key host of Secret db is not a host"),
            (&[("host", "h"), ("port", "0"), ("username", "a"), ("password", "hunter2")], "key port"),
            (&[("host", "h"), ("username", "a"), ("password", "hunter2"), ("tls.crt", "c")], "key tls.key"),
        ];
        for (values, expected) in cases {
            let error = read(&connection(), false, values).unwrap_err();
            assert_eq!(error.reason, Reason::SecretInvalid);
            assert!(error.message.starts_with(expected), "{error}");
            assert!(!error.message.contains("hunter2"));
        }
    }

    #[test]
    fn without_its_owner_s_label_a_secret_is_a_login_for_its_own_server() {
        let keys = SecretKeys { username: Some("password".into()), ..SecretKeys::default() };
        let secret_ref = SecretRef { name: "db".into(), keys };
        for connection in [
            Connection { secret_ref, ..connection() },
            Connection { host: Some("h".into()), ..connection() },
            Connection { port: Some(3307), ..connection() },
            Connection { username: Some("app".into()), ..connection() },
        ] {
            let error = read(&connection, false, &[("password", "hunter2")]).unwrap_err();
            assert!(error.message.contains("lacks the label schema-operator.dev/credentials"), "{error}");
        }
    }

    #[test]
    fn a_spec_does_not_send_a_login_to_another_server_than_its_secret_names() {
        let connection = Connection { host: Some("elsewhere".into()), ..connection() };
        let error = read(&connection, true, &WHOLE).unwrap_err();
        assert!(error.message.starts_with("key host of Secret db and spec.connection.host both say it"), "{error}");
        let login = read(&connection, true, &WHOLE[1..]).unwrap();
        assert_eq!(login.address.to_string(), "elsewhere:3306");
    }

    #[test]
    fn a_login_shows_nothing_of_its_secret() {
        let login = read(&connection(), false, &WHOLE).unwrap();
        let shown = format!("{login:?} {} {}", login.address, login.user.account("app", "10.0.0.3"));
        for value in ["p@ss", "app", "example"] {
            assert!(!shown.contains(value), "{shown}");
        }
        let connection = Connection { host: Some("h".into()), username: Some("app".into()), ..connection() };
        let login = read(&connection, true, &WHOLE[2..]).unwrap();
        assert_eq!(login.user.account("app", "10.0.0.3"), "app@10.0.0.3");
    }
}
