//! The announcement: what the stack prints when it is ready.

use std::env;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;

use crate::config::{Config, Mode};
use crate::demo::{
    API_KEY, EMAIL, ORGANIZATION, ORGANIZATION_SECRET, PARTNER, PARTNER_SECRET, PASSWORD, PHONE,
    USER, USERNAME, WALKTHROUGH,
};
use crate::environment::Addresses;
use crate::stack::Stack;

pub(crate) fn announcement(config: &Config, stack: &Stack, took: Duration) -> String {
    let Addresses { api, console, dynamodb, .. } = &stack.addresses;
    let database = &stack.dynamodb.description;
    let watched =
        if config.mode == Mode::Services { "    as soon as `cargo lambda watch` runs" } else { "" };
    let exposed = config.bind.filter(|address| *address != Ipv4Addr::LOCALHOST);
    let exposed = exposed.map(|address| exposure(&address)).unwrap_or_default();
    let seconds = took.as_secs_f32();
    let variables = as_typed(&config.local.join("env"), env::current_dir().ok().as_deref());
    let send = curl(api, "send-otp", &format!(r#"{{"email":"{EMAIL}","channel":"EMAIL"}}"#), '\'');
    let verify =
        curl(api, "verify-otp", &format!(r#"{{\"email\":\"{EMAIL}\",\"code\":\"$CODE\"}}"#), '"');
    let login = format!(
        "curl -s {api}/patient/auth -H 'organization: {ORGANIZATION}' -H 'content-type: application/json' \
         -d '{{\"username\":\"{USERNAME}\",\"password\":\"{PASSWORD}\"}}'"
    );
    let token = format!(
        "curl -s {api}/v1/token -H 'x-partner-id: {PARTNER}' -H 'x-partner-secret: {PARTNER_SECRET}' \
         -H 'x-organization-id: {ORGANIZATION}' -H 'x-organization-secret: {ORGANIZATION_SECRET}' \
         -H 'x-user-id: {USER}' -H 'content-type: application/json' \
         -d '{{\"grantType\":\"client_credentials\",\"scope\":[\"create:patient\"]}}'"
    );
    let validate = format!(
        "curl -s {api}/v1/organizations/{ORGANIZATION}/validate -H \"authorization: Bearer $TOKEN\" \
         -H 'x-organization-secret: {ORGANIZATION_SECRET}'"
    );
    let sso = WALKTHROUGH;
    let pair = format!("-H 'client_id: {}' -H 'X-Auth-Token: {}'", sso.client_id, sso.token);
    let form = format!("-d 'email={}' -d 'password={}'", sso.email, sso.password);
    let signin = format!("curl -s {api}/api/1.0/sso/signin {pair} {form}");
    let info = format!("curl -s {api}/api/1.0/sso/token/$TOKEN {pair}");
    let signout = format!("curl -s {api}/api/1.0/sso/signout/$TOKEN {pair} {form}");
    format!(
        "\
Postern is up ({seconds:.1} s).
{exposed}
  API        {api}{watched}
  Console    {console}    messages that were sent, each surface step by step, and the API reference (/api)
  DynamoDB   {dynamodb}    {database}
  Variables  set -a; . {variables}

  Demo Clinic    cv-api-key {API_KEY}    patient {EMAIL} or {PHONE}
  Other Clinic   cv-api-key other-portal-key
  Limited Clinic cv-api-key limited-portal-key    10 codes per day

Sign the demo patient in:

  {send}

  CODE=$(curl -s {console}/messages | sed -n 's/.*>\\([0-9]\\{{6\\}}\\)<.*/\\1/p' | head -n 1); echo \"$CODE\"

  {verify}

Log the same patient in with a password:

  {login}

Get a partner's token, and validate the integration with it:

  TOKEN=$({token} | grep -oE 'eyJ[A-Za-z0-9._-]+'); echo \"$TOKEN\"

  {validate}

Sign a user of the identity provider in, ask who it is, and sign out:

  TOKEN=$({signin} | cut -d '\"' -f 4); echo \"$TOKEN\"

  {info}

  {signout}
"
    )
}

/// What the developer has to know about `--bind`.
fn exposure(address: &IpAddr) -> String {
    format!(
        "
  !!! EXPOSED at {address}. Whoever reaches this machine there can call the API and the console, without a
  !!! password: read every code in the inbox, mint tokens, disturb answers, move the clock. Use it on a
  !!! network that you trust, and put no real data into it. DynamoDB and what stands for AWS still
  !!! answer this machine only.
"
    )
}

fn curl(api: &str, endpoint: &str, body: &str, quote: char) -> String {
    let url = format!("{api}/api/v1/users/auth/{endpoint}");
    format!(
        "curl -s {url} -H 'cv-api-key: {API_KEY}' -H 'content-type: application/json' -d {quote}{body}{quote}"
    )
}

/// A path as a developer types it in this folder. It gets a `./`, because a shell looks for a bare name
/// in its search path.
fn as_typed(path: &Path, folder: Option<&Path>) -> String {
    let inner = folder.and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
    let text = inner.display().to_string();
    let text = if text.contains('/') { text } else { format!("./{text}") };
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "/._-+@%".contains(char);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_a_shell_in_the_folder_needs() {
        let typed = |path: &str| as_typed(Path::new(path), Some(Path::new("/home/jo/postern")));
        assert_eq!(typed("/home/jo/postern/.local/env"), ".local/env");
        assert_eq!(typed("/home/jo/postern/env"), "./env");
        assert_eq!(typed("/tmp/own stack's/env"), r"'/tmp/own stack'\''s/env'");
        assert_eq!(typed("/tmp/own/env"), "/tmp/own/env");
        assert_eq!(typed("own/env"), "own/env");
    }
}
