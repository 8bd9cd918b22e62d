//! Who may approve: the chart's ValidatingAdmissionPolicy, on the real kube-apiserver.

use std::time::{Duration, Instant};

use crate::support::{Server, World, run, unique};

const SPEC: &str = "tables:\n- name: t\n  columns:\n  - {name: note, type: varchar(10)}\n";

/// Makes a namespace in which ann may edit and approve, and eve may edit.
async fn world() -> World {
    let world = World::new(Server::MySql).await;
    // No controller in the testbed aggregates the chart's roles into Kubernetes' own, so the test binds them directly.
    for (role, users) in [("view", &["ann", "eve"][..]), ("edit", &["ann", "eve"]), ("approve", &["ann"])] {
        let cluster_role = format!("--clusterrole=schema-operator-{role}");
        let users: Vec<String> = users.iter().map(|user| format!("--user={user}")).collect();
        let arguments = ["-n", &world.namespace, "create", "rolebinding", role, &cluster_role];
        run("kubectl", &arguments.into_iter().chain(users.iter().map(String::as_str)).collect::<Vec<_>>());
    }
    world
}

/// Annotates `todobox` as a user, in a dry run.
fn annotate(world: &World, user: &str, annotations: &[String]) -> Result<String, String> {
    let user = format!("--as={user}");
    let arguments = ["annotate", "dbs", "todobox", "--overwrite", "--dry-run=server", &user];
    let annotations = annotations.iter().map(String::as_str);
    world.kubectl(&arguments.into_iter().chain(annotations).collect::<Vec<_>>(), "")
}

fn of(name: &str, value: &str) -> String {
    format!("schema-operator.dev/{name}={value}")
}

/// Repeats an attempt until it is refused: a policy takes a while to come into force.
async fn until_refused(attempt: impl Fn() -> Result<String, String>) -> String {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        match attempt() {
            Err(refusal) => return refusal,
            Ok(_) => assert!(Instant::now() < deadline, "the policy did not come into force"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_approver_may_approve_and_only_by_name() {
    let world = world().await;
    world.sql("CREATE TABLE t (id int PRIMARY KEY, note varchar(64))").await;
    world.apply(&world.schema(SPEC)).unwrap();
    let resource = world.wait_reason("AwaitingApproval").await;
    let plan = resource.status.unwrap().plan.unwrap().id;
    let both = |plan: &str, by: &str| vec![of("approved-plan", plan), of("approved-by", by)];

    let refusal = until_refused(|| annotate(&world, "eve", &both(&plan, "eve"))).await;
    assert!(refusal.contains("eve may not approve"), "{refusal}");
    for (user, annotations, expected) in [
        ("ann", both(&plan, "eve"), "approved-by must be ann"),
        ("ann", both("000000000000", "ann"), "must be the id of the plan in the status"),
        ("ann", vec![of("approved-plan", &plan)], "approved-by must be ann"),
        ("ann", vec![of("approved-by", "ann")], "must be the id of the plan in the status"),
        ("eve", vec![of("approved-plan", &plan)], "eve may not approve"),
        ("eve", vec![of("approved-by", "ann")], "eve may not approve"),
        ("eve", both(&plan, "ann"), "eve may not approve"),
        ("eve", vec![of("rejected-plan", &plan), of("rejected-by", "ann")], "rejected-by must be eve"),
        ("eve", vec![of("cancelled-plan", &plan), of("cancelled-by", "eve")], "eve may not cancel"),
        ("ann", vec![of("cancelled-plan", &plan), of("cancelled-by", "eve")], "cancelled-by must be ann"),
        (
            "ann",
            vec![of("cancelled-plan", "0"), of("cancelled-by", "ann")],
            "cancelled-plan must be the id of the plan",
        ),
    ] {
        let refusal = annotate(&world, user, &annotations).unwrap_err();
        assert!(refusal.contains(expected), "{user} {annotations:?}: {refusal}");
    }
    annotate(&world, "ann", &both(&plan, "ann")).unwrap();
    annotate(&world, "ann", &[of("cancelled-plan", &plan), of("cancelled-by", "ann")]).unwrap();
    annotate(&world, "eve", &["other=1".to_owned()]).unwrap();
    annotate(&world, "eve", &[of("rejected-plan", &plan), of("rejected-by", "eve")]).unwrap();

    // A new resource has no plan that a person could have seen.
    let manifest = world.schema_named("fresh", SPEC).replace(
        "{name: fresh}",
        &format!("{{name: fresh, annotations: {{schema-operator.dev/approved-plan: '{plan}', schema-operator.dev/approved-by: ann}}}}"),
    );
    let refusal = world.kubectl(&["create", "--as=ann", "-f", "-"], &manifest).unwrap_err();
    assert!(refusal.contains("a new resource has none"), "{refusal}");

    // While the approval is in place, other users may edit the resource and withdraw the approval, but not change it.
    let arguments = ["annotate", "dbs", "todobox", "--as=ann"];
    let annotations = both(&plan, "ann");
    world
        .kubectl(&arguments.into_iter().chain(annotations.iter().map(String::as_str)).collect::<Vec<_>>(), "")
        .unwrap();
    annotate(&world, "eve", &["other=1".to_owned()]).unwrap();
    let refusal = annotate(&world, "eve", &[of("approved-at", "later")]).unwrap_err();
    assert!(refusal.contains("eve may not approve"), "{refusal}");
    let back = ["schema-operator.dev/approved-plan-".to_owned(), "schema-operator.dev/approved-by-".to_owned()];
    annotate(&world, "eve", &back).unwrap();
    world.wait_ready().await;
}

/// Tries `approval.protectAllow`, for the namespace of the test alone.
#[tokio::test(flavor = "multi_thread")]
async fn only_an_approver_may_allow_a_risk() {
    let world = world().await;
    let name = unique("policy");
    let chart = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/schema-operator");
    let name_override = format!("fullnameOverride={name}");
    let policy = run(
        "helm",
        &[
            "template",
            "x",
            chart,
            "--set",
            "approval.protectAllow=true",
            "--set",
            &name_override,
            "--show-only",
            "templates/approval-policy.yaml",
        ],
    );
    let only_here = format!(
        "matchConstraints:\n    namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {}}}}}\n",
        world.namespace
    );
    world.kubectl(&["apply", "-f", "-"], &policy.replace("matchConstraints:\n", &only_here)).unwrap();

    let try_out = |user: &str, spec: &str, dry: &str| {
        let (user, dry) = (format!("--as={user}"), format!("--dry-run={dry}"));
        let arguments = ["apply", "--server-side", "--force-conflicts", &user, &dry, "-f", "-"];
        world.kubectl(&arguments, &world.schema(spec))
    };
    let apply = |user: &str, spec: &str| try_out(user, spec, "none");
    let with = |policy: &str, table: &str, column: &str| {
        format!(
            "suspend: true\npolicy: {{{policy}}}\ntables:\n- name: t\n{table}  columns:\n  - {{name: note, type: text{column}}}\n"
        )
    };
    let allowed = "  allow: [Breaking]\n";
    let by_policy = with("allow: [Breaking]", "", "");
    let refusal = until_refused(|| try_out("eve", &by_policy, "server")).await;
    assert!(refusal.contains("spec.policy.allow: to allow a risk takes the verb approve"), "{refusal}");
    for (spec, expected) in [
        (by_policy.clone(), "spec.policy.allow"),
        (with("", allowed, ""), "allow of a table"),
        (with("", "", ", allow: [Breaking]"), "allow in columns"),
        (with("", "  indexes: [{name: i, columns: [note(9)], allow: [Blocking]}]\n", ""), "allow in indexes"),
        (with("", "  checks: [{name: c, expression: '1', allow: [Blocking]}]\n", ""), "allow in checks"),
        (with("", "  foreignKeys: [{name: f, state: Absent, allow: [Destructive]}]\n", ""), "allow in foreignKeys"),
    ] {
        let refusal = apply("eve", &spec).unwrap_err();
        assert!(refusal.contains(expected), "{spec}: {refusal}");
    }
    apply("eve", &with("", "", "")).unwrap();
    apply("ann", &with("allow: [Breaking]", allowed, ", allow: [Breaking]")).unwrap();
    // Risks that are allowed already may stay and may be removed, but not grow.
    apply("eve", &with("allow: [Breaking]", allowed, ", allow: [Breaking], comment: x")).unwrap();
    let more = with("allow: [Breaking, Destructive]", allowed, ", allow: [Breaking]");
    assert!(apply("eve", &more).unwrap_err().contains("spec.policy.allow"));
    let more = with("allow: [Breaking]", allowed, ", allow: [Breaking, Destructive]");
    assert!(apply("eve", &more).unwrap_err().contains("allow in columns"));
    apply("eve", &with("", allowed, "")).unwrap();
    let elsewhere = world.schema(&with("", allowed, "")).replace("{name: db}", "{name: elsewhere}");
    let arguments = ["apply", "--server-side", "--force-conflicts", "--as=eve", "-f", "-"];
    let refusal = world.kubectl(&arguments, &elsewhere).unwrap_err();
    assert!(refusal.contains("to take an allow along"), "{refusal}");

    // Whatever else a consent follows from: more of it takes the verb, the same and less do not.
    for (less, more, field) in [
        ("smallTableRows: 2000", "smallTableRows: 2001", "spec.policy.smallTableRows"),
        ("lockWait: 10s", "lockWait: 1m1s", "spec.policy.lockWait"),
        ("maxReplicaLag: 5s", "maxReplicaLag: 6s", "spec.policy.maxReplicaLag"),
        ("maxReplicaLag: 5s", "", "spec.policy.maxReplicaLag"),
        ("rehearse: Structure", "", "spec.policy.rehearse"),
        (
            "window: {schedule: '0 2 * * *', duration: 1h}",
            "window: {schedule: '0 2 * * *', duration: 2h}",
            "spec.policy.window",
        ),
        ("window: {schedule: '0 2 * * *', duration: 1h}", "", "spec.policy.window"),
        ("undeclared: Keep", "undeclared: Remove", "spec.policy.undeclared"),
        (
            "replicas: [{secretRef: {name: a}}, {secretRef: {name: b}}]",
            "replicas: [{secretRef: {name: a}}]",
            "spec.policy.replicas",
        ),
    ] {
        apply("ann", &with(less, "", "")).unwrap();
        apply("eve", &with(less, "", ", comment: x")).unwrap();
        let refusal = apply("eve", &with(more, "", "")).unwrap_err();
        assert!(refusal.contains(field), "{more}: {refusal}");
        apply("ann", &with(more, "", "")).unwrap();
        // Of two windows none is known to be the smaller one.
        let back = if more.starts_with("window") { "ann" } else { "eve" };
        apply(back, &with(less, "", "")).unwrap_or_else(|refusal| panic!("{less}: {refusal}"));
    }
    apply("ann", &with("", "", "")).unwrap();
    apply("eve", &format!("mode: Plan\n{}", with("", "", ""))).unwrap();
    assert!(apply("eve", &with("", "", "")).unwrap_err().contains("spec.mode"));

    check_stamping(&apply, &with("", "", ""));
    check_the_budget(&apply);
    for kind in ["validatingadmissionpolicybinding", "validatingadmissionpolicy"] {
        run("kubectl", &["delete", kind, &format!("{name}-approval")]);
    }
    run("kubectl", &["delete", "clusterrole", &format!("{name}-approve")]);
}

/// Checks that skipping more migrations takes the verb: what they do to rows is not done.
fn check_stamping(apply: &impl Fn(&str, &str) -> Result<String, String>, spec: &str) {
    let stamping = |only: &str, rest: &str| {
        let chain = format!("{{chain: [a, b], stamp: {{schemaOnly: [{only}]}}}}");
        format!("mode: Plan\n{rest}revisionTable: {{alembic: {chain}}}\n{spec}")
    };
    let field = "spec.revisionTable.alembic.stamp";
    let refusal = apply("eve", &stamping("a", "")).unwrap_err();
    assert!(refusal.contains(field), "{refusal}");
    apply("ann", &stamping("a", "")).unwrap();
    apply("eve", &stamping("a", "interval: 7m\n")).unwrap();
    assert!(apply("eve", &stamping("a, b", "")).unwrap_err().contains(field));
    apply("eve", &format!("mode: Plan\n{spec}")).unwrap();
}

/// Checks that the rules stay within the API server's budget, whatever the number of tables.
fn check_the_budget(apply: &impl Fn(&str, &str) -> Result<String, String>) {
    let tables: String = (0..1000)
        .map(|at| {
            let columns: Vec<String> =
                (0..5).map(|at| format!("{{name: c{at}, type: text, allow: [Breaking]}}")).collect();
            format!("- {{name: t{at}, allow: [Breaking], columns: [{}]}}\n", columns.join(", "))
        })
        .collect();
    let many = format!("suspend: true\nmode: Plan\ntables:\n{tables}");
    apply("ann", &many).unwrap();
    apply("eve", &format!("interval: 7m\n{many}")).unwrap();
    let more = many.replacen("name: t999, allow: [Breaking]", "name: t999, allow: [Breaking, Destructive]", 1);
    assert!(apply("eve", &more).unwrap_err().contains("allow of a table"));
    let more = many.replace("{name: c4, type: text, allow: [Breaking]}", "{name: d4, type: text, allow: [Breaking]}");
    assert!(apply("eve", &more).unwrap_err().contains("allow in columns"));
    apply("eve", &many.replace("name: c4, type: text", "name: c4, type: text, comment: x")).unwrap();
}
