//! A resource of a cluster, as a command reads and annotates it.

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::api::{Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::{Map, Value, json};

use super::arguments::ResourceArguments;
use super::outcome::CliError;
use crate::api::DatabaseSchema;

/// The field manager of the annotations.
const FIELD_MANAGER: &str = "kubectl-schema";

/// A resource in a cluster.
pub struct ResourceRef {
    client: Client,
    namespace: String,
    name: String,
}

impl ResourceRef {
    /// Finds the cluster in the kubeconfig, or the one whose pod this runs in.
    ///
    /// # Errors
    /// Neither can be read.
    pub async fn from_arguments(arguments: &ResourceArguments) -> Result<Self, CliError> {
        let unreadable = |error: &dyn std::fmt::Display| CliError::Kubeconfig(error.to_string());
        let options = KubeConfigOptions { context: arguments.context.clone(), ..KubeConfigOptions::default() };
        let config = match Kubeconfig::read() {
            Ok(kubeconfig) => {
                Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| unreadable(&error))
            }
            Err(error) if arguments.context.is_none() => Config::incluster().map_err(|_| unreadable(&error)),
            Err(error) => Err(unreadable(&error)),
        }?;
        let namespace = arguments.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config).map_err(of_cluster("connecting to the cluster"))?;
        Ok(Self { client, namespace, name: arguments.name.clone() })
    }

    fn resources(&self) -> Api<DatabaseSchema> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Names the resource in messages.
    pub fn label(&self) -> String {
        format!("DatabaseSchema {} in namespace {}", self.name, self.namespace)
    }

    /// Reads the resource.
    ///
    /// # Errors
    /// It is not there, or the cluster can't be read.
    pub async fn get(&self) -> Result<DatabaseSchema, CliError> {
        self.resources().get(&self.name).await.map_err(of_cluster(format!("reading {}", self.label())))
    }

    /// Reads the resource, or `None` where it is not there.
    ///
    /// # Errors
    /// The cluster can't be read.
    pub async fn find(&self) -> Result<Option<DatabaseSchema>, CliError> {
        self.resources().get_opt(&self.name).await.map_err(of_cluster(format!("reading {}", self.label())))
    }

    /// Sets annotations, and removes those that are null.
    ///
    /// # Errors
    /// The cluster refuses it.
    pub async fn annotate(&self, annotations: &Map<String, Value>) -> Result<(), CliError> {
        let patch = json!({ "metadata": { "annotations": annotations } });
        let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        let patched = self.resources().patch_metadata(&self.name, &params, &Patch::Merge(&patch)).await;
        patched.map_err(of_cluster(format!("annotating {}", self.label())))?;
        Ok(())
    }

    /// Asks the cluster for the name of this user.
    ///
    /// # Errors
    /// The cluster can't tell.
    pub async fn user(&self) -> Result<String, CliError> {
        let reviews: Api<SelfSubjectReview> = Api::all(self.client.clone());
        let doing = "asking the cluster who you are";
        let review = reviews.create(&PostParams::default(), &SelfSubjectReview::default()).await;
        let user = review.map_err(of_cluster(doing))?.status.and_then(|status| status.user_info?.username);
        user.ok_or_else(|| CliError::Consent(format!("{doing}: it returns no name")))
    }
}

/// Returns what makes an error of what was being done.
fn of_cluster(doing: impl Into<String>) -> impl FnOnce(kube::Error) -> CliError {
    let doing = doing.into();
    |error| CliError::Cluster { doing, error: Box::new(error) }
}
