//! Zenoh's rules, from the roles.

use serde_json::{Value, json};

use super::Access;
use crate::certs::{Identity, Role};

/// What passes on the link to somebody of a role.
struct Grant {
    flow: &'static str,
    messages: &'static [&'static str],
    /// Behind `fleet/<fleet>/`. `{id}` is that of whom the link leads to.
    keys: &'static [&'static str],
}

const fn from_it(messages: &'static [&'static str], keys: &'static [&'static str]) -> Grant {
    Grant {
        flow: "ingress",
        messages,
        keys,
    }
}

const fn to_it(messages: &'static [&'static str], keys: &'static [&'static str]) -> Grant {
    Grant {
        flow: "egress",
        messages,
        keys,
    }
}

const PUT: &[&str] = &["put"];
const SUBSCRIBE: &[&str] = &["declare_subscriber"];
const QUERY: &[&str] = &["query"];
const REPLY: &[&str] = &["reply"];
const ANSWER: &[&str] = &["declare_queryable", "reply"];
const QUERYABLE: &[&str] = &["declare_queryable"];
const TOKEN: &[&str] = &["liveliness_token"];
/// Asking who is alive.
const WHO: &[&str] = &["declare_liveliness_subscriber", "liveliness_query"];
/// All but deleting, for which a fleet has no use.
const ALL: &[&str] = &[
    "put",
    "declare_subscriber",
    "query",
    "declare_queryable",
    "reply",
    "liveliness_token",
    "declare_liveliness_subscriber",
    "liveliness_query",
];

const ALIVE: &[&str] = &["alive/**"];
const FRAMES: &[&str] = &["node/**", "robots/**", "near/**", "news/**", "probe/**"];
const SPEECH: &[&str] = &[
    "node/*/*/{id}/*",
    "robots/*/{id}/*",
    "near/*/{id}/*",
    "news/*/{id}/*",
    "probe/*/{id}/*",
];
const OWN: &[&str] = &["node/{id}/**", "probe/{id}/**"];

/// What every node may.
const NODE: &[Grant] = &[
    from_it(PUT, SPEECH),
    from_it(SUBSCRIBE, OWN),
    from_it(TOKEN, &["alive/{id}/*"]),
    from_it(WHO, ALIVE),
    to_it(PUT, OWN),
    to_it(SUBSCRIBE, FRAMES),
    to_it(TOKEN, ALIVE),
    to_it(WHO, ALIVE),
];

/// And a robot.
const ROBOT: &[Grant] = &[
    from_it(SUBSCRIBE, &["robots/**", "near/**"]),
    to_it(PUT, &["robots/**", "near/**"]),
];

/// And an orchestrator.
const ORCHESTRATOR: &[Grant] = &[
    from_it(SUBSCRIBE, &["near/**", "news/**"]),
    from_it(ANSWER, &["ask/**"]),
    to_it(PUT, &["near/**", "news/**"]),
    to_it(QUERY, &["ask/**"]),
];

/// What people may, whoever they are.
const PEOPLE: &[Grant] = &[
    from_it(QUERY, &["ask/list/{id}", "ask/status/{id}", "ask/explain/{id}"]),
    from_it(SUBSCRIBE, &["news/**"]),
    from_it(WHO, ALIVE),
    to_it(PUT, &["news/**"]),
    to_it(QUERYABLE, &["ask/**"]),
    to_it(REPLY, &["ask/*/{id}"]),
    to_it(TOKEN, ALIVE),
];

/// And an operator.
const OPERATOR: &[Grant] = &[from_it(
    QUERY,
    &["ask/submit/{id}", "ask/cancel/{id}", "ask/drain/{id}"],
)];

const ROUTER: &[Grant] = &[from_it(ALL, &["**"]), to_it(ALL, &["**"])];

fn grants(role: Role) -> impl Iterator<Item = &'static Grant> {
    let (common, own) = match role {
        Role::Robot => (NODE, ROBOT),
        Role::Orchestrator => (NODE, ORCHESTRATOR),
        Role::Router => (ROUTER, &[][..]),
        Role::Operator => (PEOPLE, OPERATOR),
        Role::Observer => (PEOPLE, &[][..]),
    };
    common.iter().chain(own)
}

impl Grant {
    fn is_personal(&self) -> bool {
        self.keys.iter().any(|key| key.contains("{id}"))
    }

    fn rule(&self, name: String, fleet: &str, id: &str) -> Value {
        let keys = self.keys.iter();
        let keys: Vec<_> = keys
            .map(|key| format!("fleet/{fleet}/{}", key.replace("{id}", id)))
            .collect();
        json!({
            "id": name,
            "permission": "allow",
            "flows": [self.flow],
            "messages": self.messages,
            "key_exprs": keys,
        })
    }
}

/// The `access_control` of Zenoh's configuration. Rules in which nobody is named are shared by all of a role.
pub(super) fn of(access: &Access) -> Value {
    let fleet = access.fleet().to_string();
    let (mut rules, mut subjects, mut policies) = (Vec::new(), Vec::new(), Vec::new());
    for role in Role::ALL {
        let of_role: Vec<&Identity> = access.live().filter(|identity| identity.role() == role).collect();
        if of_role.is_empty() {
            continue;
        }
        let (personal, shared): (Vec<_>, Vec<_>) = grants(role).partition(|grant| grant.is_personal());
        let mut add = |grants: &[&Grant], name: &str, id: &str| -> Vec<String> {
            let named = grants.iter().enumerate();
            let added = named.map(|(k, grant)| grant.rule(format!("{name}/{k}"), &fleet, id));
            let added: Vec<Value> = added.collect();
            let names = (0..added.len()).map(|k| format!("{name}/{k}")).collect();
            rules.extend(added);
            names
        };
        let names: Vec<String> = of_role.iter().map(ToString::to_string).collect();
        policies.push(json!({ "rules": add(&shared, role.name(), ""), "subjects": names }));
        for identity in of_role {
            let name = identity.to_string();
            subjects.push(json!({ "id": name, "cert_common_names": [name] }));
            if !personal.is_empty() {
                let own = add(&personal, &name, identity.id());
                policies.push(json!({ "rules": own, "subjects": [name] }));
            }
        }
    }
    json!({
        "enabled": true,
        "default_permission": "deny",
        "rules": rules,
        "subjects": subjects,
        "policies": policies,
    })
}
