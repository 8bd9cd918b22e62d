//! Tests on the real parts: kube-apiserver, etcd, MySQL, MariaDB and the operator's own binary. `make test` starts what
//! they need; each test has a namespace, a database and an operator of its own, so all run in parallel.

mod support;

mod survive;
mod todobox;
