//! Creates and removes the namespaces and databases of one measurement, whose names begin with one of their own.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{Namespace, Secret};
use k8s_openapi::api::events::v1::Event;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::runtime::wait::await_condition;
use kube::{Api, Client, Config, ResourceExt};
use schema_operator::api::DatabaseSchema;
use serde_json::{Value, json};

use crate::Result;
use crate::process::Operator;
use crate::support::{Server, operator_kubeconfig, variable};

/// How long a resource may take to be Ready before the measurement is given up.
const PATIENCE: Duration = Duration::from_mins(2);

/// The namespaces and databases of one measurement. They begin with `name`, and are removed at the end.
pub struct BenchEnvironment {
    pub server: Server,
    name: String,
    pub client: Client,
}

impl BenchEnvironment {
    pub async fn new(server: Server) -> Result<Self> {
        let config = Kubeconfig::read_from(variable("KUBECONFIG"))?;
        let config = Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await?;
        let random = RandomState::new().hash_one(Instant::now());
        Ok(Self { server, name: format!("bench-{:010x}", random & 0xff_ffff_ffff), client: Client::try_from(config)? })
    }

    /// Returns the name of a database, which is not created yet.
    pub fn database(&self, suffix: impl std::fmt::Display) -> String {
        format!("{}_{suffix}", self.name.replace('-', "_"))
    }

    /// Creates a namespace with the Secret `db`, and starts an operator that watches it alone.
    pub async fn world(&self, suffix: &str) -> Result<World> {
        let tenant = self.tenant(suffix).await?;
        let operator = Operator::start(Some(&tenant.namespace)).await?;
        Ok(World { tenant, operator })
    }

    /// Creates a namespace with the Secret `db`. The cluster has the resource's kind afterwards.
    pub async fn tenant(&self, suffix: &str) -> Result<Tenant> {
        operator_kubeconfig();
        let namespace = format!("{}-{suffix}", self.name);
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let object = serde_json::from_value(json!({ "metadata": { "name": namespace } }))?;
        namespaces.create(&PostParams::default(), &object).await?;
        let values = ["HOST", "PORT", "PASSWORD"].map(|key| (key.to_lowercase(), self.server.value(key)));
        let user = ("username".to_owned(), self.server.value("USER"));
        let data: serde_json::Map<String, Value> =
            values.into_iter().chain([user]).map(|(key, value)| (key, value.into())).collect();
        let secret = serde_json::from_value(json!({ "metadata": { "name": "db" }, "stringData": data }))?;
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), &namespace);
        secrets.create(&PostParams::default(), &secret).await?;
        Ok(Tenant { resources: Api::namespaced(self.client.clone(), &namespace), namespace })
    }

    /// Removes all databases and namespaces of this measurement.
    pub async fn remove(&self) -> Result<()> {
        let mut session = self.server.session().await;
        let like = self.database("").replace('_', "\\_");
        let find = format!(
            "SELECT CAST(SCHEMA_NAME AS CHAR) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '{like}%'"
        );
        for row in session.batch("finding databases", &find).await?.concat() {
            // Without a limit of time: MariaDB takes minutes for 10,000 tables.
            session.change("dropping a database", &format!("DROP DATABASE `{}`", row.text(0))).await?;
        }
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        for namespace in namespaces.list_metadata(&ListParams::default()).await? {
            let name = namespace.name_any();
            if name.starts_with(&self.name) {
                self.remove_namespace(&namespaces, &name).await?;
            }
        }
        Ok(())
    }

    /// Deletes the content of a namespace, and releases it: the testbed runs no controllers that do so.
    async fn remove_namespace(&self, namespaces: &Api<Namespace>, name: &str) -> Result<()> {
        let (delete, all) = (DeleteParams::default(), ListParams::default());
        Api::<DatabaseSchema>::namespaced(self.client.clone(), name).delete_collection(&delete, &all).await?;
        Api::<Secret>::namespaced(self.client.clone(), name).delete_collection(&delete, &all).await?;
        Api::<Event>::namespaced(self.client.clone(), name).delete_collection(&delete, &all).await?;
        namespaces.delete(name, &delete).await?;
        let Some(mut left) = namespaces.get_opt(name).await? else { return Ok(()) };
        left.spec = None;
        match namespaces.replace_subresource("finalize", name, &PostParams::default(), &left).await {
            // A cluster with controllers may be faster.
            Err(kube::Error::Api(status)) if [404, 409].contains(&status.code) => Ok(()),
            answer => Ok(answer.map(|_| ())?),
        }
    }
}

/// A namespace with an operator of its own.
pub struct World {
    pub tenant: Tenant,
    pub operator: Operator,
}

/// A namespace with a Secret.
pub struct Tenant {
    pub namespace: String,
    pub resources: Api<DatabaseSchema>,
}

impl Tenant {
    /// Returns a DatabaseSchema with these fields of a spec beside revision, database and connection.
    pub fn resource(&self, name: &str, database: &str, spec: &Value) -> Value {
        let mut whole = json!({
            "revision": "r1", "database": database,
            "connection": { "secretRef": { "name": "db" }, "tls": "Preferred" },
        });
        if let (Some(whole), Some(spec)) = (whole.as_object_mut(), spec.as_object()) {
            whole.extend(spec.clone());
        }
        json!({
            "apiVersion": "schema-operator.dev/v1alpha1", "kind": "DatabaseSchema",
            "metadata": { "name": name, "namespace": self.namespace }, "spec": whole,
        })
    }

    /// Applies a resource by the one API call that `kubectl apply --server-side` makes for it.
    pub async fn apply(&self, resource: &Value) -> Result<()> {
        let name = resource.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        let params = PatchParams::apply("benchmark").force();
        self.resources.patch(name, &params, &Patch::Apply(resource)).await?;
        Ok(())
    }

    /// Waits until this resource is Ready in its newest generation. Returns the moment at which that was seen.
    pub async fn ready(&self, name: &str) -> Result<Instant> {
        let ready = |resource: Option<&DatabaseSchema>| resource.is_some_and(is_ready);
        tokio::select! {
            found = await_condition(self.resources.clone(), name, ready) => {
                let seen = Instant::now();
                found?;
                Ok(seen)
            }
            () = tokio::time::sleep(PATIENCE) => {
                let now = self.resources.get_opt(name).await?;
                let conditions = now.and_then(|now| now.status).map(|status| status.conditions);
                Err(format!("{name} is not Ready; its conditions are {conditions:?}").into())
            }
        }
    }
}

/// Returns whether a resource is Ready in its newest generation.
pub fn is_ready(resource: &DatabaseSchema) -> bool {
    resource.status.as_ref().is_some_and(|status| {
        status.observed_generation == resource.metadata.generation
            && status.conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
    })
}
