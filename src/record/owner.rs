//! Names the resource to which a row of the operator's tables belongs.

/// The cluster of those who have none: the command line.
pub const NO_CLUSTER: &str = "kubectl-schema";

/// The resource whose declaration or change it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// UID of the cluster's namespace `kube-system`; empty where the operator may not read it.
    pub cluster: String,
    /// Namespace and name.
    pub resource: String,
    /// The resource's UID; empty at the command line.
    pub uid: String,
}

/// The nearness of a row's owner to a resource, the nearest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nearness {
    Stranger,
    /// The command line has left the row under the resource's name, and the operator takes it over.
    CommandLine,
    /// A resource of the same name, which is gone.
    Namesake,
    /// The same resource, whose cluster was not known when the row was written.
    SameUid,
    Same,
}

impl Owner {
    /// Returns the namespace, where it has one.
    pub fn namespace(&self) -> Option<&str> {
        self.resource.split_once('/').map(|(namespace, _)| namespace)
    }

    /// Says whether this is its name, with or without the namespace.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.resource == name || self.resource.split_once('/').is_some_and(|(_, own)| own == name)
    }

    /// Says how near it is to a resource.
    pub(super) fn nearness(&self, resource: &Self) -> Nearness {
        let is_namesake = self.resource == resource.resource;
        if self == resource {
            Nearness::Same
        } else if !resource.uid.is_empty() && self.uid == resource.uid {
            Nearness::SameUid
        } else if is_namesake && self.cluster == resource.cluster {
            Nearness::Namesake
        } else if is_namesake && self.cluster == NO_CLUSTER {
            Nearness::CommandLine
        } else {
            Nearness::Stranger
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(cluster: &str, resource: &str, uid: &str) -> Owner {
        Owner { cluster: cluster.into(), resource: resource.into(), uid: uid.into() }
    }

    #[test]
    fn a_row_belongs_to_the_resource_then_to_its_name() {
        let me = owner("c1", "shop/todobox", "u1");
        let earlier = owner("", "shop/todobox", "u1");
        let namesake = owner("c1", "shop/todobox", "u0");
        assert_eq!(me.nearness(&me), Nearness::Same);
        assert_eq!(earlier.nearness(&me), Nearness::SameUid, "the cluster was not known before");
        assert_eq!(namesake.nearness(&me), Nearness::Namesake, "it was deleted and made again");
        assert_eq!(owner(NO_CLUSTER, "shop/todobox", "").nearness(&me), Nearness::CommandLine);
        assert_eq!(owner("c2", "shop/todobox", "u0").nearness(&me), Nearness::Stranger);
        assert_eq!(owner("c1", "shop/other", "u0").nearness(&me), Nearness::Stranger);
        let command_line = owner(NO_CLUSTER, "todobox", "");
        assert_eq!(owner(NO_CLUSTER, "other", "").nearness(&command_line), Nearness::Stranger);
        assert!(Nearness::Same > Nearness::SameUid && Nearness::SameUid > Nearness::Namesake);
        assert!(Nearness::Namesake > Nearness::CommandLine && Nearness::CommandLine > Nearness::Stranger);
    }
}
