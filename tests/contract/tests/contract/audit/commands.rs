//! What operators' commands leave in the trail.

use contract::{
    Tenant,
    exchange::Exchange,
    operator::{organization, postern, postern_reading},
};

use super::has_exactly;

fn done(line: &str) -> contract::operator::Ran {
    postern(&line.split(' ').collect::<Vec<_>>()).done()
}

#[tokio::test]
async fn each_command_about_an_organization_is_told() {
    let id = organization();
    let partner = done("partner create --name Vendor --output json").json();
    let partner = partner["id"].as_str().unwrap();
    done(&format!("organization update {id} --sends-per-day 9"));
    done(&format!("organization disable {id} --yes"));
    done(&format!("organization enable {id}"));
    done(&format!("organization connect {id} --partner {partner} --scopes read:user"));
    done(&format!("organization rotate-secret {id}"));
    done(&format!("organization disconnect {id} --yes"));
    done(&format!("api-key create --organization {id}"));
    let key = done(&format!("api-key list --organization {id} --output json")).json();
    let name = key[0]["name"].as_str().unwrap();
    done(&format!("api-key retire --organization {id} {name} --yes"));
    done(&format!("organization sign-out {id} --yes --no-wait"));
    has_exactly(
        &["--organization", &id],
        &[
            ("organization.created", 1),
            // Of the settings, and of the connection's new secret.
            ("organization.updated", 2),
            ("organization.disabled", 1),
            ("organization.enabled", 1),
            ("organization.connected", 1),
            ("organization.disconnected", 1),
            ("api-key.created", 1),
            ("organization.api-keys-changed", 2),
            ("api-key.deleting", 1),
            ("api-key.deleted", 1),
            ("organization.fenced", 1),
        ],
    )
    .await;
    done(&format!("partner rotate-secret {partner}"));
    done(&format!("partner disable {partner} --yes"));
    done(&format!("partner enable {partner}"));
    done(&format!("partner update {partner} --name Seller"));
    done(&format!("partner delete {partner} --yes"));
    let of_partner = [
        ("partner.created", 1),
        // Of the second secret, and of the name.
        ("partner.updated", 2),
        ("partner.disabled", 1),
        ("partner.enabled", 1),
        ("partner.deleted", 1),
        ("organization.connected", 1),
        ("organization.updated", 1),
        ("organization.disconnected", 1),
    ];
    has_exactly(&["--partner", partner], &of_partner).await;
}

#[tokio::test]
async fn each_command_about_a_user_is_told() {
    let id = organization();
    let of = format!("--organization {id}");
    done(&format!("user create {of} --email jo@example.com"));
    done(&format!("user update {of} jo@example.com --email jo@clinic.example"));
    done(&format!("user disable {of} jo@clinic.example --yes"));
    done(&format!("user enable {of} jo@clinic.example"));
    done(&format!("user sign-out {of} jo@clinic.example --yes"));
    postern_reading(&["user", "import", "--organization", &id, "-"], "email\nan@example.com\n")
        .done();
    has_exactly(
        &["--organization", &id],
        &[
            ("organization.created", 1),
            ("identifier.reserved", 3),
            ("user.created", 2),
            ("user.updated", 1),
            ("identifier.releasing", 1),
            ("identifier.released", 1),
            ("user.disabled", 1),
            ("user.enabled", 1),
            // Of the sign-out, and of the user who was disabled.
            ("user.signed-out", 2),
        ],
    )
    .await;
}

#[tokio::test]
async fn each_deletion_is_told() {
    let id = organization();
    let of = format!("--organization {id}");
    done(&format!("user create {of} --email jo@example.com"));
    done(&format!("user create {of} --email an@example.com"));
    done(&format!("api-key create {of}"));
    done(&format!("user delete {of} jo@example.com --yes"));
    done(&format!("organization delete {id} --yes"));
    has_exactly(
        &["--organization", &id],
        &[
            ("organization.created", 1),
            ("identifier.reserved", 2),
            ("user.created", 2),
            ("api-key.created", 1),
            ("organization.api-keys-changed", 1),
            ("user.disabled", 1),
            ("user.signed-out", 1),
            ("user.deleted", 2),
            ("identifier.releasing", 2),
            ("identifier.released", 2),
            ("user.forgotten", 1),
            ("organization.deleting", 1),
            ("api-key.deleting", 1),
            ("api-key.deleted", 1),
            ("organization.deleted", 1),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_session_that_an_operator_ends_and_a_code_that_is_withdrawn_are_told() {
    let tenant = Tenant::new().await;
    tenant.sign_in().await;
    tenant.email().await;
    let (id, user) = (&tenant.organization_id, &tenant.patient.email);
    done(&format!("session revoke --organization {id} {user} --yes"));
    done(&format!("user unlock --organization {id} {user} --yes"));
    has_exactly(
        &["--organization", id],
        &[
            ("organization.created", 1),
            ("api-key.created", 1),
            ("organization.api-keys-changed", 1),
            ("identifier.reserved", 2),
            ("user.created", 1),
            ("code.issued", 2),
            ("code.sent", 2),
            ("code.attempted", 1),
            ("code.redeemed", 1),
            ("session.started", 1),
            ("pointer.created", 1),
            // All sessions of the user, by one write.
            ("user.signed-out", 1),
            ("code.withdrawn", 1),
        ],
    )
    .await;
}

#[tokio::test]
async fn each_command_about_the_identity_provider_is_told() {
    let exchange = Exchange::new().await;
    let (user, client) = (exchange.user_id, &exchange.client_id);
    done(&format!("sso-user disable {user} --yes"));
    done(&format!("sso-user enable {user}"));
    done(&format!("sso-user sign-out {user} --yes"));
    done(&format!("sso-user update {user} --name Jo"));
    done(&format!("sso-user delete {user} --yes"));
    let of_user = [
        ("user.created", 1),
        ("identifier.reserved", 1),
        // A deletion begins as `disable` does, and ends with a tombstone that names nothing.
        ("user.disabled", 2),
        ("user.enabled", 1),
        ("user.signed-out", 3),
        ("user.updated", 1),
        ("user.deleted", 1),
        ("identifier.releasing", 1),
        ("identifier.released", 1),
        ("user.forgotten", 1),
    ];
    has_exactly(&["--user", &user.to_string()], &of_user).await;
    done(&format!("client rotate-token {client}"));
    done(&format!("client disable {client} --yes"));
    done(&format!("client enable {client}"));
    done(&format!("client update {client} --reads-user-info false"));
    done(&format!("client delete {client} --yes"));
    let of_client = [
        ("client.created", 1),
        // Of the second token, and of what the client may read.
        ("client.updated", 2),
        ("client.disabled", 1),
        ("client.enabled", 1),
        ("client.deleted", 1),
    ];
    has_exactly(&["--client", client], &of_client).await;
}
