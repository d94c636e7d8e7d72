//! What answers of orchestrators say.

use serde_json::Value;

/// What a list has; nothing if it is none.
pub fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// The texts of a list.
pub fn texts(list: &Value) -> impl Iterator<Item = &str> {
    items(list).filter_map(Value::as_str)
}

/// Whether this is the status of the orchestrator that leads.
pub fn leads(status: &Value) -> bool {
    status["leads"] == true
}

/// Of several statuses that of the orchestrator that leads, or else any.
pub fn best(statuses: &[Value]) -> Option<&Value> {
    statuses.iter().find(|status| leads(status)).or(statuses.first())
}

/// The robots of a status that are there.
pub fn alive(status: &Value) -> usize {
    items(&status["robots"])
        .filter(|robot| robot["alive"] == true)
        .count()
}
