//! The description of the API, `infra/openapi.yaml`, as this stack serves it.

use anyhow::{Context, Result};
use serde_yaml_ng::{Mapping, Value};

const DESCRIPTION: &str = include_str!("../../openapi.yaml");

/// The description with this stack as its only server: Swagger UI can't call another one, and a generated
/// client calls this one.
pub(crate) fn of_stack(api: &str) -> Result<String> {
    let mut description: Mapping =
        serde_yaml_ng::from_str(DESCRIPTION).context("infra/openapi.yaml")?;
    let server = [("url", api), ("description", "This local stack")];
    let server = server.map(|(key, value)| (Value::from(key), Value::from(value)));
    let servers = Value::Sequence(vec![Value::Mapping(server.into_iter().collect())]);
    description.insert("servers".into(), servers);
    Ok(serde_yaml_ng::to_string(&description)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_description_is_served_with_this_stack_as_its_only_server() {
        let text = of_stack("http://127.0.0.1:49152").unwrap();
        let mut shown: Mapping = serde_yaml_ng::from_str(&text).unwrap();
        let mut whole: Mapping = serde_yaml_ng::from_str(DESCRIPTION).unwrap();
        let servers = shown.remove("servers").unwrap();
        assert_eq!(servers.as_sequence().unwrap().len(), 1);
        assert_eq!(servers[0]["url"], "http://127.0.0.1:49152");
        whole.remove("servers").unwrap();
        assert_eq!(shown, whole);
    }
}
